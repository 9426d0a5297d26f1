import { describe, expect, test } from 'vitest'
import { encodeText } from '../testing/encode.ts'
import { readHere, textsOf } from '../testing/read-here.ts'
import { spoiledShare } from './spoiled.ts'

const texts = {
  German: 'Die Mitglieder des Ausschusses müssen bis Freitag über die Vorschläge abstimmen. Für Änderungen der Größe ist eine Begründung nötig.',
  French: 'Les élèves ont été reçus à l’école après le déjeuner. Où êtes-vous allés pendant l’été dernier ? Ça ne fait rien, répondit le garçon.',
  Portuguese: 'A reunião da direção será amanhã de manhã. Não há razões para alterações às condições do contrato de manutenção.',
  Czech: 'Příliš žluťoučký kůň úpěl ďábelské ódy. Článek týdne popisuje svitky nalezené v jeskyních poblíž Mrtvého moře.',
  Polish: 'Zażółć gęślą jaźń. Członkowie komisji muszą do piątku głosować nad propozycjami zmian w umowie o pracę.',
  Hungarian: 'Árvíztűrő tükörfúrógép. A bizottság tagjainak péntekig szavazniuk kell az őszi költségvetésről és a bővítésről.',
  Russian: 'Члены комитета должны проголосовать по предложениям до пятницы. Погода сегодня хорошая, и мы пойдём гулять в парк.',
  Ukrainian: 'Члени комітету повинні проголосувати за пропозиції до вечора. Сьогодні гарна погода, і ми підемо гуляти до парку.',
  Greek: 'Τα μέλη της επιτροπής πρέπει να ψηφίσουν τις προτάσεις μέχρι την Παρασκευή. Ο καιρός είναι καλός σήμερα.',
  Turkish: 'Komisyon üyeleri cuma gününe kadar öneriler hakkında oy kullanmalıdır. Bugün hava çok güzel, parka yürüyüşe gideceğiz.',
  Hebrew: 'חברי הוועדה חייבים להצביע על ההצעות עד יום שישי. מזג האוויר היום יפה ואנחנו נלך לטייל בפארק.',
  Arabic: 'يجب على أعضاء اللجنة التصويت على المقترحات قبل يوم الجمعة. الطقس جميل اليوم وسنذهب للتنزه في الحديقة.',
  Thai: 'คณะกรรมการต้องลงคะแนนเสียงต่อข้อเสนอภายในวันศุกร์ วันนี้อากาศดีและเราจะไปเดินเล่นในสวนสาธารณะ',
  Lithuanian: 'Komiteto nariai iki penktadienio turi balsuoti dėl pasiūlymų. Šiandien gražus oras, eisime pasivaikščioti į parką.',
  Japanese: '委員会のメンバーは金曜日までに提案に投票しなければなりません。今日は天気が良いので、公園へ散歩に行きます。',
  Chinese: '委员会成员必须在星期五之前对提案进行投票。今天天气很好，我们要去公园散步。',
  'traditional Chinese': '委員會成員必須在星期五之前對提案進行投票。今天天氣很好，我們要去公園散步。',
  Korean: '위원회 위원들은 금요일까지 제안에 대해 투표해야 합니다. 오늘은 날씨가 좋아서 공원에 산책하러 갑니다.',
} as const
type Language = keyof typeof texts

const encodings: readonly [label: string, ...languages: Language[]][] = [
  ['windows-1252', 'German', 'French', 'Portuguese'], ['macintosh', 'German', 'French', 'Portuguese'], ['windows-1250', 'Czech', 'Polish', 'Hungarian'],
  ['iso-8859-2', 'Czech', 'Polish', 'Hungarian'], ['windows-1251', 'Russian', 'Ukrainian'], ['koi8-r', 'Russian'], ['koi8-u', 'Ukrainian'], ['iso-8859-5', 'Russian'],
  ['ibm866', 'Russian'], ['x-mac-cyrillic', 'Russian'], ['windows-1253', 'Greek'], ['iso-8859-7', 'Greek'], ['windows-1254', 'Turkish'], ['windows-1255', 'Hebrew'],
  ['windows-1256', 'Arabic'], ['iso-8859-6', 'Arabic'], ['windows-874', 'Thai'], ['windows-1257', 'Lithuanian'], ['shift_jis', 'Japanese'], ['euc-jp', 'Japanese'],
  ['gb18030', 'Chinese'], ['big5', 'traditional Chinese'], ['euc-kr', 'Korean'],
]

test.each(encodings.flatMap(([label, ...languages]) => languages.map((language) => [language, label] as const)))('%s in %s is read without being told', async (language, label) => {
  expect(await textsOf(encodeText(label, texts[language]))).toEqual([texts[language]])
})

describe('wide letters', () => {
  const points = (text: string) => Buffer.from(Uint32Array.from([...text].map((letter) => letter.codePointAt(0) ?? 0)).buffer)
  const forms = (text: string) => [
    Buffer.from(`\ufeff${text}`, 'utf16le'), Buffer.from(`\ufeff${text}`, 'utf16le').swap16(), Buffer.from(text, 'utf16le'), Buffer.from(text, 'utf16le').swap16(),
    points(`\ufeff${text}`), points(`\ufeff${text}`).swap32(), points(text), points(text).swap32(), Buffer.from(`\ufeff${text}`), Buffer.from(text),
  ]

  test.each(Object.entries(texts))('%s in UTF-8, UTF-16 and UTF-32, with a mark and without, either way round', async (_language, text) => {
    for (const bytes of forms(text)) expect((await textsOf(bytes)).join('\n')).toBe(text)
  })
})

test('Japanese in seven bits is read', async () => {
  const plain = encodeText('euc-jp', '日本語').map((byte) => byte & 0x7f)
  expect(await textsOf(Buffer.concat([Buffer.from('Subject \u001b$B', 'latin1'), plain, Buffer.from('\u001b(B end', 'latin1')]))).toEqual(['Subject 日本語 end'])
})

describe('pages of HTML', () => {
  const page = (declared: string, text: string) => `<!doctype html><html><head><meta charset="${declared}"><title>T</title></head><body><p>${text}</p></body></html>`

  test('what they declare is believed', async () => {
    expect(await textsOf(encodeText('windows-1251', page('windows-1251', 'Да')))).toEqual(['T\n\nДа'])
  })

  test('a declaration that is a lie is not', async () => {
    expect(await textsOf(encodeText('windows-1256', page('iso-8859-1', texts.Arabic)))).toEqual([`T\n\n${texts.Arabic}`])
    expect(await textsOf(Buffer.from(page('shift_jis', texts.German)))).toEqual([`T\n\n${texts.German}`])
  })
})

test('EBCDIC and numbers without letters are no text of any language', async () => {
  await expect(readHere(Buffer.from('c8859393964a084a868199859584404ba3888540a69699938440899a4081c8859393964a0840868199859584404b'.repeat(4), 'hex'))).rejects.toMatchObject({ reason: 'unsupported_type' })
})

test('letters in their own encoding are not spoiled, in another one they are', () => {
  for (const [language, text] of Object.entries(texts)) expect([language, spoiledShare(text)]).toEqual([language, 0])
  expect(spoiledShare(Buffer.from(texts.German).toString('latin1'))).toBeGreaterThan(0.02)
})
