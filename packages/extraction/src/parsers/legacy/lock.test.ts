import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { excel97 } from '../../../../../scripts/examples/excel97.ts'
import { powerpoint97 } from '../../../../../scripts/examples/powerpoint97.ts'
import { word97 } from '../../../../../scripts/examples/word97.ts'
import { hiddenExcel, lockedExcel, lockedPowerpoint, lockedWord } from '../../testing/lock-office.ts'
import { readHere } from '../../testing/read-here.ts'
import { createRc4 } from './rc4.ts'

const password = 'spring tïde'
const example = (name: string) => readFile(join(import.meta.dirname, '../../../../../examples/formats', name))
const book = excel97([{ name: 'Money', rows: [['shared', 'words'], [1, 2.5]] }, { name: 'Wide', rows: [['x'.repeat(3_000)]] }])
const pagesOfBook = ['Money\nshared\twords\n1\t2.5', `Wide\n${'x'.repeat(3_000)}`]
const body = 'Behind the lock\r'.repeat(100)
const slides = powerpoint97([{ title: 'First', body: 'Body one' }, { title: 'Second', body: 'Body two', notes: 'Say this' }])
const pagesOfSlides = ['First\nBody one', 'Second\nBody two\n\nSay this']

/** Asks for its password, refuses a wrong one, and gives its pages for the right one. */
async function expectLocked(file: Buffer, mime: string): Promise<string[]> {
  await expect(readHere(file)).rejects.toMatchObject({ reason: 'password_required', mime })
  await expect(readHere(file, { password: 'not it' })).rejects.toMatchObject({ reason: 'password_wrong', mime })
  return (await readHere(file, { password })).pages.map(({ text }) => text)
}

test('the cipher gives the stream of RFC 6229', () => {
  const zeros = Buffer.alloc(32)
  createRc4(Buffer.from('0102030405', 'hex'))(zeros)
  expect(zeros.toString('hex')).toBe('b2396305f03dc027ccc3524a0a1118a86982944f18fc82d589c403a47a0d0919')
})

describe('files of Office 97 to 2003', () => {
  test('a Word file and a workbook as LibreOffice locks them open with their password', async () => {
    expect((await expectLocked(await example('repair-agreement-locked.doc'), 'application/msword'))[0]).toContain('owner of the yacht Petrel\nThe yard repairs the port side')
    expect((await expectLocked(await example('price-list-locked.xls'), 'application/vnd.ms-excel'))[1]).toContain('Berths\nBerth\tLength m\tBoat\tUntil\nN1\t12\tPetrel\t2026-03-31')
  })

  test.each([40, 128])('those locked as Office 2003 does it, with %i bits, open with theirs', async (bits) => {
    expect(await expectLocked(lockedWord(word97({ body }), password, bits), 'application/msword')).toEqual([body.replaceAll('\r', '\n').trim()])
    expect(await expectLocked(lockedExcel(book, password, bits), 'application/vnd.ms-excel')).toEqual(pagesOfBook)
    expect(await expectLocked(lockedPowerpoint(slides, password, bits), 'application/vnd.ms-powerpoint')).toEqual(pagesOfSlides)
  })

  test('a workbook hidden by XOR opens with its password', async () => {
    // What another implementation makes of the password `spring tide`.
    const array = Buffer.from([58, 180, 186, 56, 180, 63, 147, 182, 55, 190, 49, 81, 124, 115, 222, 115])
    const file = hiddenExcel(book, { key: 6_407, verifier: 53_346, array })
    await expect(readHere(file)).rejects.toMatchObject({ reason: 'password_required' })
    await expect(readHere(file, { password })).rejects.toMatchObject({ reason: 'password_wrong' })
    expect((await readHere(file, { password: 'spring tide' })).pages.map(({ text }) => text)).toEqual(pagesOfBook)
  })

  test('a workbook whose structure alone is protected asks for nothing', async () => {
    expect((await readHere(lockedExcel(book, 'VelvetSweatshop'))).pages.map(({ text }) => text)).toEqual(pagesOfBook)
  })

  test('what is locked in a way that nobody knows says so, and a presentation without its lock is corrupt', async () => {
    const file = lockedExcel(book, password)
    const at = file.indexOf(Buffer.from('0100020002000400', 'hex'))
    file.writeUInt16LE(9, at + 2)
    await expect(readHere(file, { password })).rejects.toMatchObject({ reason: 'unsupported_type', message: expect.stringContaining('version 9.2') as string })
    const show = lockedPowerpoint(slides, password)
    show.writeUInt16LE(1, show.indexOf(Buffer.from('0f00142f', 'hex')) + 2)
    await expect(readHere(show, { password })).rejects.toMatchObject({ reason: 'corrupt' })
  })
})
