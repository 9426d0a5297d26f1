import { expect, test } from 'vitest'
import { z } from 'zod'
import { inputIssues } from './input-issues.ts'

const input = z.strictObject({ password: z.string().min(8).max(12), email: z.email(), at: z.iso.datetime(), id: z.uuid(), days: z.int().min(1), list: z.array(z.string()).max(1) })
const good = { password: 'long enough', email: 'a@example.org', at: '2026-11-29T12:00:00Z', id: '0193f0c2-0000-7000-8000-000000000001', days: 1, list: ['a'] }

test.each([
  [{ password: 'short' }, 'password', 'At least 8 characters.'],
  [{ password: 'much too long a one' }, 'password', 'At most 12 characters.'],
  [{ email: 'secret' }, 'email', 'This is no e-mail address.'],
  [{ at: 'yesterday' }, 'at', 'A moment is wanted, such as 2026-11-29T12:00:00Z.'],
  [{ id: 'secret' }, 'id', 'This is no id.'],
  [{ days: 0 }, 'days', 'At least 1.'],
  [{ list: ['a', 'b'] }, 'list', 'At most 1 entry.'],
])('%j is told where and in words', (over, path, message) => {
  const parsed = input.safeParse({ ...good, ...over })
  expect(inputIssues(parsed.error ?? { issues: [] })).toEqual([{ path, message }])
})
