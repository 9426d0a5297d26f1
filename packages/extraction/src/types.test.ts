import { expect, test } from 'vitest'
import { defaultLimits, limitsForPages } from './types.ts'

test('an installation that allows more pages gives each page the time it has by default, and one that allows fewer takes nothing away', () => {
  expect(limitsForPages(5_000)).toEqual(defaultLimits)
  expect(limitsForPages(10)).toEqual({ ...defaultLimits, pages: 10 })
  expect(limitsForPages(10_000)).toEqual({
    ...defaultLimits, pages: 10_000, cpuSeconds: defaultLimits.cpuSeconds * 2, wallMs: defaultLimits.wallMs * 2, outputBytes: defaultLimits.outputBytes * 2, boxBytes: defaultLimits.boxBytes * 2,
  })
})
