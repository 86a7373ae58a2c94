namespace LongAlign.Evaluation.Runs;

/// <summary>Whether a model is asked as it was trained.</summary>
public enum TemplateMatch
{
    /// <summary>It can't be known: the model's folder has no template, or the model is behind an endpoint.</summary>
    Unknown,

    /// <summary>By the template that is saved with it, or one that makes the same prompts and ends.</summary>
    Same,

    /// <summary>By a template that makes other prompts, or ends answers otherwise: scores are not those of the model as it was trained.</summary>
    Other,
}
