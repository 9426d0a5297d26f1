import { expect, test } from 'vitest'
import { launch } from './processes.ts'

test('npm run demo reads every example, finds the right pages, and says so in its last line', async () => {
  const demo = launch('demo')
  const ended = await demo.ended
  const lines = demo.stdout().trimEnd().split('\n')
  expect(ended, `${demo.stdout()}\n${demo.stderr()}`).toBe(0)

  const result: unknown = JSON.parse(lines.at(-1) ?? '')
  expect(result).toEqual({
    documents: { ready: 13, failed: 1, needs_password: 1 },
    pages: 24,
    search: [
      { query: 'okoume plywood', hits: expect.any(Number), top: { document: 'delivery-note-scan.pdf', page: 1 } },
      { query: 'what did the storm damage cost us', hits: expect.any(Number), top: { document: 'annual-report-2025.pdf', page: 4 } },
    ],
    workflows: 15,
    seconds: expect.any(Number),
  })
  const shown = demo.stdout()
  expect(shown).toContain('half-a-report.pdf: failed: corrupt')
  expect(shown).toContain('salary-bands-locked.pdf: needs_password: password_required')
  expect(shown).toMatch(/\[okoume\] /i)
})
