// Without the theme's web font: pages are smaller, and text is in the reader's own.
import DefaultTheme from 'vitepress/theme-without-fonts';
import './style.css';

export default DefaultTheme;
