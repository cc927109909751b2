/** The view on the screen, kept in the address so that it can be linked to and gone back from. */

export const VIEWS = ['retention', 'bridge', 'coverage', 'staffing', 'risk', 'value'] as const;
export type View = (typeof VIEWS)[number];

export const VIEW_NAMES: Record<View, string> = {
  retention: 'Retention',
  bridge: 'ARR bridge',
  coverage: 'Coverage',
  staffing: 'Staffing & hiring',
  risk: 'Risk',
  value: 'Segments & value',
};

export const QUESTIONS = ['cs_leader', 'finance', 'recruiter'] as const;
/** Who asks; each has an answer of their own. */
export type Question = (typeof QUESTIONS)[number];

/** The question that a view answers. */
export const QUESTION_OF: Record<View, Question> = {
  coverage: 'cs_leader',
  value: 'cs_leader',
  retention: 'finance',
  bridge: 'finance',
  risk: 'finance',
  staffing: 'recruiter',
};

export function view_of(hash: string): View {
  const wanted = new URLSearchParams(hash.replace(/^#/, '')).get('view');
  return VIEWS.find((view) => view === wanted) ?? 'retention';
}

export function link_to(view: View): string {
  return `#view=${view}`;
}
