namespace LongAlign.Evaluation.Runs;

/// <summary>Whether a model is asked as it was trained.</summary>
public enum TemplateMatch
{
    /// <summary>The match is not known: the model's folder has no template, or the model is behind an endpoint.</summary>
    Unknown,

    /// <summary>The template is the one saved with the model, or makes the same prompts and ends.</summary>
    Same,

    /// <summary>The template makes other prompts, or ends answers otherwise: scores are not those of the model as it was trained.</summary>
    Other,
}
