import { errorTable, type ErrorCode } from '@intellidocs/contracts'
import { AppError } from '@intellidocs/kernel'
import { expect, test } from 'vitest'
import { failureOf } from './failure-of.ts'

test.each<[ErrorCode, ReturnType<typeof failureOf>]>([
  ['rate.limited', [429, 'limited']], ['storage.full', [507, 'failed']], ['service.unavailable', [503, 'failed']], ['quota.exceeded', [503, 'failed']],
  ['plan.read_only', [503, 'failed']], ['installation.read_only', [503, 'failed']], ['blob.integrity', [500, 'failed']], ['internal', [500, 'failed']],
])('%s is told as what passes', (code, said) => {
  expect(failureOf(new AppError(code))).toEqual(said)
})

test('no error is told as a link that is gone, whose answer is 404', () => {
  const codes = Object.keys(errorTable) as ErrorCode[]
  expect(codes.filter((code) => failureOf(new AppError(code))[0] === 404)).toEqual([])
})
