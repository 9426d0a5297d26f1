import { expect, test } from 'vitest'
import { linesOf } from './lines.ts'

async function read(...chunks: (string | Buffer)[]): Promise<string[]> {
  async function* each() { for (const chunk of chunks) yield Buffer.from(chunk) }
  const lines: string[] = []
  for await (const line of linesOf(each())) lines.push(line)
  return lines
}

test('lines end at line feeds alone, however the bytes come', async () => {
  const name = '{"name":"a\u2028b\u2029c\rd é 漢"}'
  expect(await read(`${name}\n${name}\n`)).toEqual([name, name])
  const bytes = Buffer.from(`${name}\n${name}`)
  expect(await read(...Array.from(bytes, (byte) => Buffer.from([byte])))).toEqual([name, name])
  expect(await read('')).toEqual([])
  expect(await read('a\n\nb')).toEqual(['a', '', 'b'])
})

test('bytes that are no UTF-8 are not mended into text', async () => {
  expect(await read(Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}\n')]))).toEqual([''])
})
