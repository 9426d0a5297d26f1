import { expect, test } from 'vitest'
import { createTurns } from './turns.ts'

test('so many work at a time, so many wait, of one no more than its part, and the rest is refused', async () => {
  const turn = createTurns({ atOnce: 2, mostWaiting: 3, mostOfOne: 2, what: 'turns' })
  const ends = Array.from({ length: 6 }, () => Promise.withResolvers<number>())
  let most = 0
  let now = 0
  const results = ends.map(({ promise }, at) => turn(at === 4 ? 'another' : 'one', async () => {
    most = Math.max(most, now += 1)
    return promise.finally(() => { now -= 1 })
  }))
  await expect(results[5]).rejects.toMatchObject({ code: 'service.unavailable' })
  await expect(turn('a third', async () => 'never')).rejects.toMatchObject({ code: 'service.unavailable' })
  ends.forEach(({ resolve }, at) => resolve(at))
  expect(await Promise.all(results.slice(0, 5))).toEqual([0, 1, 2, 3, 4])
  expect(most).toBe(2)
  expect(await turn('one', async () => 'again')).toBe('again')
})
