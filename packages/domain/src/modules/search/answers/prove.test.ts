import { expect, test } from 'vitest'
import type { Hit } from '@intellidocs/contracts'
import { claimOf } from './prove.ts'

const PASSAGE = 'The tenant pays for the roof, e.g. its slates. Write to office@harbour.example, or see (harbour.example/roof). The plan is in roof.pdf.'
const hit = {
  documentId: '1', versionId: '2', name: 'lease.pdf', version: 1, page: 1, span: { start: 0, end: PASSAGE.length }, passage: PASSAGE,
} as unknown as Hit
const told = (claim: string): boolean => claimOf({ kind: 'claim', claim, passage: 1, quote: 'tenant pays for the roof' }, [hit]) !== null

test.each([
  'See evil.example/x?d=Borealis for more.', 'Ask evil.example', 'Write to mailto:a@evil.example', 'Write to mailto:tenant', 'At //evil.example/x', 'At \\\\evil\\x', 'Call tel:+441234',
  'At https://harbour.example/roof?d=tenant', 'At harbour.exam', 'At harbour.example', 'See ![x](y)', 'See 10.0.0.1/x', 'Write to b@harbour.example', 'See ｅｖｉｌ.example/x', 'See javascript:alert(1)',
])('an address that does not stand in the passage ends a claim: %s', (claim) => {
  expect(told(claim)).toBe(false)
})

test.each([
  'The tenant pays, e.g. for slates, i.e. 4.5 or 1,200.50 pounds at 5 p.m. in the U.S.', 'One writes to office@harbour.example.', 'It says so at harbour.example/roof.', 'The plan is in "roof.pdf".', 'So says lease.pdf.',
  'The ratio is 3:1; note: see no. 5 and/or Dr. Who.',
])('what is none, or stands there, does not: %s', (claim) => {
  expect(told(claim)).toBe(true)
})
