import { existsSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { launch } from './processes.ts'

test('npm run demo reads every example, finds the right pages, carries one through an approval by two people, shows a link, the use and a hold, and says so in its last line', async () => {
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
    approval: {
      document: 'delivery-note-scan.pdf', outcome: 'approved', asked: ['ada@example.org', 'ben@example.org'], tags: ['approved', 'invoice'],
      decided: [{ by: 'ada@example.org', verdict: 'approve' }, { by: 'ben@example.org', verdict: 'approve' }],
      certificate: { pdf: expect.stringMatching(/\.pdf$/), json: expect.stringMatching(/\.json$/), verified: true, changeNoticed: true },
    },
    answersFor: { link: { open: 200, revoked: 404 }, plan: 'own', hold: { refused: true, kept: true } },
    workflows: 16,
    seconds: expect.any(Number),
  })
  const shown = demo.stdout()
  expect(shown).toContain('half-a-report.pdf: failed: corrupt')
  expect(shown).toContain('salary-bands-locked.pdf: needs_password: password_required')
  expect(shown).toMatch(/\[okoume\] /i)
  expect(shown).toContain('Invoice over the limit, version 1 is published.')
  for (const name of ['Ada Costa', 'Ben Okafor']) {
    expect(shown).toMatch(new RegExp(`asked {6}${name}, for "Two of three sign", until \\d{4}-`))
    expect(shown).toMatch(new RegExp(`decided {4}${name} approved: `))
  }
  expect(shown).toMatch(/"delivery-note-scan\.pdf", version 1: approved in "Invoice over the limit" on \d{4}/)
  expect(shown).toContain('One decision changed in a copy: wrong: What the certificate says is not what was signed.')
  expect(shown).toMatch(/The link to annual-report-2025\.pdf opens nothing any more\./)
  expect(shown).toMatch(/on the plan own/)
  expect(shown).toMatch(/It is the hold Tax inspection 2025 \([0-9a-f-]{36}\)\./)
  const { approval: { certificate: { pdf, json } } } = result as { approval: { certificate: Record<'pdf' | 'json', string> } }
  expect([pdf, json].map((path) => existsSync(path))).toEqual([true, true])
  rmSync(dirname(pdf), { recursive: true })
})
