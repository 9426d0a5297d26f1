import { expect, test } from 'vitest'
import { compoundFile } from '../../../../scripts/examples/compound.ts'
import { openCompound } from './compound.ts'

const large = Buffer.alloc(70_000, 'large ')
const file = () => compoundFile({ Short: Buffer.from('short words'), Large: large, Folder: { Inner: Buffer.from('within'), Deeper: { Short: Buffer.from('below') } } })

test('streams of both kinds are whole, and names are found in their folders in any case', () => {
  const compound = openCompound(file())
  const text = (...path: string[]) => {
    const node = compound.find(...path)
    return node === undefined ? null : compound.read(node).toString()
  }
  expect(text('short')).toBe('short words')
  expect(text('LARGE')).toBe(large.toString())
  expect(text('Folder', 'inner')).toBe('within')
  expect(text('folder', 'deeper', 'short')).toBe('below')
  expect(text('inner')).toBeNull()
})

test('a file that is cut anywhere is corrupt', () => {
  const whole = file()
  const readAll = (bytes: Buffer) => {
    const compound = openCompound(bytes)
    for (const node of compound.root.children?.values() ?? []) if (node.children === null) compound.read(node)
  }
  readAll(whole)
  for (let length = 0; length < whole.length - 512; length += 97) expect(() => readAll(whole.subarray(0, length)), `cut at ${length}`).toThrow(/./)
})

test('chains that lead in a circle end, and give no more than the file is long', () => {
  const circle = file()
  const table = (circle.readUInt32LE(76) + 1) * 512
  for (let at = 0; at < 100; at += 1) circle.writeUInt32LE(0, table + at * 4)
  const compound = openCompound(circle)
  for (const node of [...compound.root.children?.values() ?? []].filter(({ children }) => children === null))
    expect(compound.read(node).length).toBeLessThanOrEqual(circle.length)
})
