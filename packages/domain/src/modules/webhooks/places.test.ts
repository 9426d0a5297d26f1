import { expect, test } from 'vitest'
import { createPlaces } from './places.ts'

test('as many places are taken as there are, and one that is left is free again', () => {
  const places = createPlaces(2)
  expect([places.enter(), places.enter(), places.enter()]).toEqual([true, true, false])
  places.leave()
  expect([places.enter(), places.enter()]).toEqual([true, false])
})
