import { expect, test, vi } from 'vitest'
import { createBufferRelief } from './buffer-relief.ts'

test('buffers are let go of once for every so many bytes, whoever brought them', () => {
  const collect = vi.fn<() => void>()
  const passed = createBufferRelief(collect, 100)
  for (let n = 0; n < 9; n += 1) passed(11)
  expect(collect).not.toHaveBeenCalled()
  passed(11)
  expect(collect).toHaveBeenCalledTimes(1)
  passed(99)
  expect(collect).toHaveBeenCalledTimes(1)
})

test('the collector of this Node can be called', () => {
  createBufferRelief(undefined, 1)(1)
})
