import type { core } from 'zod'

type Issue = core.$ZodIssue

const THINGS: Partial<Record<string, readonly [one: string, many: string]>> = { string: ['character', 'characters'], array: ['entry', 'entries'] }
const FORMATS: Partial<Record<string, string>> = {
  email: 'This is no e-mail address.', datetime: 'A moment is wanted, such as 2026-11-29T12:00:00Z.', uuid: 'This is no id.', guid: 'This is no id.',
}

/** Where in the input each fault is and what is wrong there, for a person to read; never the value itself. */
export function inputIssues(error: { issues: readonly Issue[] }): { path: string; message: string }[] {
  return error.issues.slice(0, 20).map((issue) => ({ path: issue.path.map(String).join('.'), message: sentenceOf(issue) }))
}

function sentenceOf(issue: Issue): string {
  if (issue.code === 'too_small') return `At least ${quantity(issue.minimum, issue.origin)}.`
  if (issue.code === 'too_big') return `At most ${quantity(issue.maximum, issue.origin)}.`
  return (issue.code === 'invalid_format' ? FORMATS[issue.format] : undefined) ?? issue.message
}

function quantity(n: number | bigint, origin: string): string {
  const thing = THINGS[origin]
  return thing === undefined ? String(n) : `${n} ${thing[Number(n) === 1 ? 0 : 1]}`
}
