/** Light, dark, or as the system has it. */

export const THEMES = [
  { value: 'system', name: 'System theme' },
  { value: 'light', name: 'Light' },
  { value: 'dark', name: 'Dark' },
] as const;
export type Theme = (typeof THEMES)[number]['value'];

const KEY = 'retaincast.theme';

class ThemeStore {
  chosen: Theme = $state(remembered());

  constructor() {
    show(this.chosen);
  }

  choose(theme: Theme): void {
    this.chosen = theme;
    show(theme);
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // A browser that keeps nothing still shows the theme.
    }
  }
}

function remembered(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return THEMES.find(({ value }) => value === kept)?.value ?? 'system';
  } catch {
    return 'system';
  }
}

function show(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export const theme = new ThemeStore();
