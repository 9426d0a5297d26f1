import { expect, test } from 'vitest'
import { readTsv } from './tsv.ts'

const row = (place: string, box: string, confidence: number, text: string) => ['5', '1', ...place.split(' '), ...box.split(' '), confidence, text].join('\t')

test('words come with their places on the image, by the characters of the text', () => {
  const { text, boxes } = readTsv([
    'level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext',
    row('1 1 1 1', '100 50 200 20', 96, 'Lease'), row('1 1 1 2', '310 50 90 20', 95, 'of\u0001'), row('1 1 2 1', '100 100 50 20', 91, 'land'), row('1 2 1 1', '100 400 100 20', 90, 'Page'),
    row('1 2 1 2', '100 400 100 20', 90, ' '), row('1 2 1 3', '100 400 100 20', -1, 'none'),
  ].join('\n'), { width: 1_000, height: 500 })
  expect(text).toBe('Lease of\nland\n\nPage')
  expect(boxes).toEqual([
    { start: 0, end: 5, left: 0.1, top: 0.1, right: 0.3, bottom: 0.14 }, { start: 6, end: 8, left: 0.31, top: 0.1, right: 0.4, bottom: 0.14 },
    { start: 9, end: 13, left: 0.1, top: 0.2, right: 0.15, bottom: 0.24 }, { start: 15, end: 19, left: 0.1, top: 0.8, right: 0.2, bottom: 0.84 },
  ])
})
