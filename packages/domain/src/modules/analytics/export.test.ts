import { describe, expect, test } from 'vitest'
import { csvOf, tableOf } from './csv.ts'
import { bandOf, dailyOf, daysUntil } from './forecast.ts'

describe('CSV', () => {
  test('holds no formula, whatever people called things, and numbers as they are', () => {
    const rows = ['=1+1', '+cmd', '-2', '@x', '\tx', '\rx', 'plain', "a'b"].map((name) => ({ name, n: -5 }))
    const lines = csvOf(tableOf(['name', 'n'], rows)).split('\r\n')
    expect(lines).toEqual(['name,n', "'=1+1,-5", "'+cmd,-5", "'-2,-5", "'@x,-5", "'\tx,-5", '"\'\rx",-5', 'plain,-5', "a'b,-5", ''])
  })
  test('quotes what would end a cell, and leaves out what is not known', () => {
    expect(csvOf({ columns: ['a', 'b', 'c'], rows: [['x,y', 'say "so"', null], ['two\nlines', '', 0]] })).toBe('a,b,c\r\n"x,y","say ""so""",\r\n"two\nlines",,0\r\n')
  })
})

describe('the forecast', () => {
  test('of days that are all alike is a line without a band', () => {
    const daily = dailyOf(Array.from({ length: 30 }, () => 4))
    expect(daily).toEqual({ mean: 4, deviation: 0, days: 30 })
    expect(daily && bandOf(100, daily, { ahead: 10, grows: true })).toEqual({ expected: 140, low: 140, high: 140 })
    expect(daily && [daysUntil(120, 100, daily), daysUntil(100, 100, daily), daysUntil(10_000, 100, daily)]).toEqual([5, 0, null])
  })
  test('has the band of the drift method, which never goes below what is there already', () => {
    const daily = dailyOf([0, 10, 0, 10, 0, 10, 0, 10, 0, 10])
    if (daily === null) throw new Error('ten days are enough')
    const width = 1.2816 * daily.deviation * Math.sqrt(4 * (1 + 4 / 9))
    expect(bandOf(50, daily, { ahead: 4, grows: false })).toEqual({ expected: 70, low: Math.round(70 - width), high: Math.round(70 + width) })
    expect(bandOf(50, daily, { ahead: 1, grows: true }).low).toBe(50)
  })
  test('says nothing of less than a week', () => expect(dailyOf([1, 2, 3, 4, 5, 6])).toBeNull())
})
