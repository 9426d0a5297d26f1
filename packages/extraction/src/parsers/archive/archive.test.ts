import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32, gzipSync } from 'node:zlib'
import { strToU8, zipSync, type Zippable } from 'fflate'
import { describe, expect, test } from 'vitest'
import { tar } from '../../../../../scripts/examples/containers.ts'
import { openZip } from '../../archive/zip.ts'
import { readHere, type ReadHere } from '../../testing/read-here.ts'

const zip = (files: Zippable) => Buffer.from(zipSync(files))
const kept = ({ attachments }: ReadHere) => attachments.map(({ fileName, bytes }) => [fileName, bytes.toString()])

describe('zip', () => {
  test('its files are kept for readings of their own, and its text is the list of their names', async () => {
    const found = await readHere(zip({ 'a/one.txt': strToU8('first'), 'a/': new Uint8Array(), 'b/one.txt': strToU8('second'), '__MACOSX/a/._one.txt': strToU8('left over'), 'a/.DS_Store': strToU8('x') }))
    expect(found).toMatchObject({ mime: 'application/zip', format: 'zip', pages: [{ text: 'a/one.txt\nb/one.txt', needsOcr: false }] })
    expect(kept(found)).toEqual([['one.txt', 'first'], ['one.txt', 'second']])
  })

  test.each([
    ['ibm437', '9a6265727369636874205665727472846765', 'Übersicht Verträge'], ['ibm850', '52656c6174a272696f2064652047657374c66f', 'Relatório de Gestão'],
    ['ibm852', '446f7069732070fda074656c856d', 'Dopis přátelům'], ['windows-1252', 'dc6265727369636874205665727472e46765', 'Übersicht Verträge'],
  ])('names in %s are read as they look', async (_page, hex, name) => {
    const bytes = Buffer.from(hex, 'hex')
    const file = zip({ ['x'.repeat(bytes.length)]: strToU8('words') })
    for (let at = file.indexOf('xxxx'); at !== -1; at = file.indexOf('xxxx', at)) bytes.copy(file, at)
    expect((await readHere(file)).attachments.map(({ fileName }) => fileName)).toEqual([name])
  })

  test('a name in UTF-8 beside one in an old encoding is taken, unless it is that of another', async () => {
    const named = (sumOf: string) => {
      const field = Buffer.concat([Buffer.from([1]), Buffer.alloc(4), Buffer.from('žluťoučký.txt')])
      field.writeUInt32LE(crc32(sumOf), 1)
      return zip({ 'old.txt': [strToU8('x'), { extra: { 0x7075: field } }] })
    }
    const nameOf = async (bytes: Buffer) => (await readHere(bytes)).attachments.map(({ fileName }) => fileName)
    expect(await nameOf(named('old.txt'))).toEqual(['žluťoučký.txt'])
    expect(await nameOf(named('other.txt'))).toEqual(['old.txt'])
  })

  test('files of the same name are all kept, and those whose names differ by a slash alone', async () => {
    const bytes = zip({ 'same.txt': strToU8('first'), 'sane.txt': strToU8('second'), 'a/b.txt': strToU8('third'), 'a|b.txt': strToU8('fourth') })
    for (const [name, becomes] of [['sane.txt', 'same.txt'], ['a|b.txt', 'a\\b.txt']] as const) for (let at = bytes.indexOf(name); at !== -1; at = bytes.indexOf(name, at)) bytes.write(becomes, at)
    const found = await readHere(bytes)
    expect(found.pages[0]?.text).toBe('same.txt\nsame.txt\na/b.txt\na/b.txt')
    expect(kept(found)).toEqual([['same.txt', 'first'], ['same.txt', 'second'], ['b.txt', 'third'], ['b.txt', 'fourth']])
  })

  test('names in an old encoding are read as they look, and no two become one', async () => {
    const named = zip({ 'AAAAAAAAAAAAAAAAAAAAAA.txt': strToU8('x'), 'BBBBBBBBBBBBBBBBBBBBBB.txt': strToU8('y') })
    const gbk = { A: 'bcafcdc5d3cabcfec9f3bcc6cfb5cdb3c4eab6c8d1b2bcec', B: 'd1b9cbf5b0fccec4bcfebcecb2e9b2e2cad4b1a8b8e6b1ed' }
    for (const [letter, bytes] of Object.entries(gbk)) {
      for (let at = named.indexOf(letter.repeat(22)); at !== -1; at = named.indexOf(letter.repeat(22), at + 1)) Buffer.from(bytes, 'hex').subarray(0, 22).copy(named, at)
    }
    expect((await readHere(named)).attachments.map(({ fileName }) => fileName)).toEqual(['集团邮件审计系统年度巡.txt', '压缩包文件检查测试报告.txt'])
  })

  test('a file that is locked in an unknown way or damaged is said so and costs the others nothing; with no other it is the reason', async () => {
    const strong = (bytes: Buffer, name: string) => {
      const at = bytes.lastIndexOf(name) - 46
      bytes.writeUInt16LE(0x41, at + 8)
      return bytes
    }
    const found = await readHere(strong(zip({ 'secret.txt': strToU8('x'), 'open.txt': strToU8('y') }), 'secret.txt'))
    expect(found.pages[0]?.text).toBe('secret.txt (not read: encrypted or packed in another way)\nopen.txt')
    expect(kept(found)).toEqual([['open.txt', 'y']])
    expect(found.warnings).toEqual([{ reason: 'attachment_unreadable', pages: [], names: ['secret.txt'] }])
    await expect(readHere(strong(zip({ 'secret.txt': strToU8('x') }), 'secret.txt'))).rejects.toMatchObject({ reason: 'unsupported_type' })
  })

  test('a file whose bytes are not what its sum says is damaged', async () => {
    const bytes = Buffer.from(zipSync({ 'changed.txt': strToU8('a hundred euros'), 'whole.txt': strToU8('words') }, { level: 0 }))
    bytes.write('two hundred', bytes.indexOf('a hundred'))
    const found = await readHere(bytes)
    expect(found.pages[0]?.text).toBe('changed.txt (not read: damaged)\nwhole.txt')
    expect(kept(found)).toEqual([['whole.txt', 'words']])
    expect(found.warnings).toEqual([{ reason: 'attachment_unreadable', pages: [], names: ['changed.txt'] }])
  })

  test('a file that unpacks to more than announced is damaged, and costs the others nothing', async () => {
    const bytes = zip({ 'more.txt': strToU8('words '.repeat(100)), 'whole.txt': strToU8('words') })
    bytes.writeUInt32LE(100, bytes.lastIndexOf('more.txt') - 46 + 24)
    const found = await readHere(bytes)
    expect(found.pages[0]?.text).toBe('more.txt (not read: damaged)\nwhole.txt')
    expect(kept(found)).toEqual([['whole.txt', 'words']])
    bytes.writeUInt32LE(0, bytes.lastIndexOf('more.txt') - 46 + 24)
    await expect(readHere(bytes, { limits: { unpackedBytes: 100 } })).rejects.toMatchObject({ reason: 'output_limit' })
  })

  test.each([
    ['AES', 'papers-locked.zip', 'spring tide'], ['the way of PKZIP', 'papers-locked-pkzip.zip', 'spring tïde'],
  ])('an archive that is locked by %s asks for its password, refuses a wrong one, and gives its files for the right one', async (_way, name, password) => {
    const file = await readFile(join(import.meta.dirname, '../../../../../examples/formats', name))
    await expect(readHere(file)).rejects.toMatchObject({ reason: 'password_required', mime: 'application/zip' })
    await expect(readHere(file, { password: 'not it' })).rejects.toMatchObject({ reason: 'password_wrong', mime: 'application/zip' })
    const found = await readHere(file, { password })
    expect(found.pages[0]?.text).toBe('board/meeting.md\nstock.csv')
    const originals = await Promise.all(['board-meeting.md', 'stock.csv'].map((one) => readFile(join(import.meta.dirname, '../../../../../examples', one))))
    expect(found.attachments.map(({ bytes }) => bytes)).toEqual(originals)
  })

  test('none of a thousand wrong passwords opens what PKZIP locks, although its one byte lets every 256th pass', async () => {
    const file = await readFile(join(import.meta.dirname, '../../../../../examples/formats/papers-locked-pkzip.zip'))
    const archive = (password: string) => openZip(file, { maxUnpackedBytes: 1_000_000, password })
    for (let tried = 0; tried < 1_000; tried += 1)
      expect(() => archive(`wrong ${tried}`).read('stock.csv')).toThrowError(expect.objectContaining({ reason: 'password_wrong' }) as Error)
  })

  test('of an archive that is locked in part the open files are read, and the list says which are not', async () => {
    const bytes = zip({ 'secret.txt': strToU8('x'), 'open.txt': strToU8('y') })
    bytes.writeUInt16LE(1, bytes.lastIndexOf('secret.txt') - 46 + 8)
    const found = await readHere(bytes)
    expect(found.pages[0]?.text).toBe('secret.txt (not read: locked by a password)\nopen.txt')
    expect((await readHere(bytes, { password: 'not it' })).pages[0]?.text).toBe('secret.txt (not read: locked by another password)\nopen.txt')
    expect(kept(found)).toEqual([['open.txt', 'y']])
  })

  test('what a locked archive is does not hang on the names in it', async () => {
    const bytes = zip({ '[Content_Types].xml': strToU8('x'), 'mimetype': strToU8('y') })
    for (const name of ['[Content_Types].xml', 'mimetype']) bytes.writeUInt16LE(1, bytes.lastIndexOf(name) - 46 + 8)
    await expect(readHere(bytes)).rejects.toMatchObject({ reason: 'password_required', mime: 'application/zip' })
  })

  test('1,000 files are read, one more is too many, and none is unpacked then', async () => {
    const files = (count: number) => zip(Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}.txt`, strToU8('x')])))
    expect((await readHere(files(1_000))).attachments).toHaveLength(1_000)
    await expect(readHere(files(1_001))).rejects.toMatchObject({ reason: 'output_limit' })
  })

  test('more than a hundred times its size is refused before it is unpacked, and so is more than may be unpacked', async () => {
    await expect(readHere(zip({ 'zeros.bin': new Uint8Array(70_000_000) }))).rejects.toMatchObject({ reason: 'output_limit' })
    const words = strToU8('words '.repeat(10_000))
    await expect(readHere(zip({ 'a.txt': words, 'b.txt': words }), { limits: { unpackedBytes: 100_000 } })).rejects.toMatchObject({ reason: 'output_limit' })
  })

  test('an archive without a file is empty', async () => {
    await expect(readHere(zip({ 'a/': new Uint8Array() }))).rejects.toMatchObject({ reason: 'empty' })
  })
})

describe('tar', () => {
  test('its files are kept, those of a packed one at once', async () => {
    const files = tar([{ name: 'a/one.txt', bytes: Buffer.from('first') }, { name: 'two.txt', bytes: Buffer.alloc(600, 'x') }])
    const found = await readHere(files)
    expect(found).toMatchObject({ mime: 'application/x-tar', format: 'tar', pages: [{ text: 'a/one.txt\ntwo.txt' }] })
    expect(kept(found)).toEqual([['one.txt', 'first'], ['two.txt', 'x'.repeat(600)]])
    expect(await readHere(gzipSync(files), { fileName: 'all.tgz' })).toMatchObject({ mime: 'application/gzip', format: 'gz', pages: [{ text: 'a/one.txt\ntwo.txt' }] })
  })

  test('long names are whole, and links and folders are no files', async () => {
    const long = `${'folder/'.repeat(30)}name.txt`
    const record = `path=${long}\n`
    const pax = `${record.length + 4} ${record}`
    const bytes = tar([{ name: 'pax', bytes: Buffer.from(pax) }, { name: 'short', bytes: Buffer.from('long') }, { name: 'link', bytes: Buffer.alloc(0) }])
    const kind = (header: number, letter: string) => {
      const sum = bytes.subarray(header, header + 512)
      sum.write(letter, 156)
      sum.fill(' ', 148, 156)
      sum.write(`${sum.reduce((total, byte) => total + byte, 0).toString(8).padStart(6, '0')}\0 `, 148)
    }
    kind(0, 'x')
    kind(2_048, '2')
    expect((await readHere(bytes)).pages[0]?.text).toBe(long)
  })

  test('of one that is cut or damaged on the way the files before are kept, and it says so', async () => {
    const whole = tar(['one.txt', 'two.txt', 'three.txt'].map((name) => ({ name, bytes: Buffer.alloc(600, name) })))
    const cut = await readHere(whole.subarray(0, 2 * 1_536 + 1_000))
    expect(cut.pages[0]?.text).toBe('one.txt\ntwo.txt\nthree.txt (not read: damaged)')
    expect(cut.warnings.map(({ reason, names }) => [reason, names])).toEqual([['repaired_file', []], ['attachment_unreadable', ['three.txt']]])
    const packed = await readHere(gzipSync(whole.subarray(0, 2 * 1_536)).subarray(0, -4))
    whole.write('x', 2 * 1_536)
    for (const found of [packed, await readHere(whole)]) {
      expect(kept(found).map(([name]) => name)).toEqual(['one.txt', 'two.txt'])
      expect(found.warnings).toEqual([{ reason: 'repaired_file', pages: [], names: [] }])
    }
  })

  test('one that is cut within its only file is corrupt', async () => {
    await expect(readHere(tar([{ name: 'a.bin', bytes: Buffer.alloc(5_000, 1) }]).subarray(0, 2_000))).rejects.toMatchObject({ reason: 'corrupt' })
  })
})

describe('gzip', () => {
  test('the file that was packed is kept under its name', async () => {
    expect(kept(await readHere(gzipSync(Buffer.from('words')), { fileName: 'report.txt.gz' }))).toEqual([['report.txt', 'words']])
    const named = gzipSync(Buffer.from('words'))
    named.writeUInt8(8, 3)
    expect(kept(await readHere(Buffer.concat([named.subarray(0, 10), Buffer.from('inside.txt\0'), named.subarray(10)]), { fileName: 'x.gz' }))).toEqual([['inside.txt', 'words']])
  })

  test('of one that is cut what came before is kept, and it says so', async () => {
    const packed = gzipSync(Buffer.from('words '.repeat(10)), { level: 0 })
    expect((await readHere(packed)).warnings).toEqual([])
    for (const [cut, words] of [[4, 60], [20, 48]] as const) {
      const found = await readHere(packed.subarray(0, -cut))
      expect(kept(found).map(([, text]) => text)).toEqual(['words '.repeat(10).slice(0, words)])
      expect(found.warnings).toEqual([{ reason: 'repaired_file', pages: [], names: [] }])
    }
  })

  test('a bomb is refused, and what is damaged is corrupt', async () => {
    await expect(readHere(gzipSync(Buffer.alloc(80_000_000)))).rejects.toMatchObject({ reason: 'output_limit' })
    await expect(readHere(Buffer.concat([gzipSync(Buffer.from('words')).subarray(0, 10), Buffer.alloc(50, 0xff)]))).rejects.toMatchObject({ reason: 'corrupt' })
  })
})
