import type { FileKind, Locale } from '@intellidocs/contracts'
import type { WhyNot } from './pages.ts'

/** All that the pages of an upload link say. Times are UTC. */
export type Words = {
  readonly formats: string; readonly asked: string; readonly password: string; readonly open: string; readonly refused: string
  readonly gone: string; readonly goneWhy: string; readonly limited: string; readonly limitedWhy: string; readonly failed: string; readonly failedWhy: string
  readonly foreign: string; readonly foreignWhy: string
  readonly title: (title: string) => string; readonly to: (org: string) => string; readonly note: string; readonly files: string; readonly limits: (of: Limits) => string
  readonly kinds: (kinds: string) => string; readonly kind: Readonly<Record<FileKind, string>>; readonly name: string; readonly email: string; readonly emailWhy: string; readonly send: string
  readonly until: (moment: string) => string; readonly received: string; readonly nothing: string; readonly receivedAt: (moment: string) => string
  readonly file: string; readonly size: string; readonly bytes: (size: string) => string; readonly notTaken: string; readonly others: string; readonly why: Readonly<Record<WhyNot, string>>
  readonly mailed: (email: string) => string; readonly notMailed: string; readonly keep: string; readonly more: string
}
type Limits = { readonly files: number; readonly each: string; readonly all: string }

export const words: Readonly<Record<Locale, Words>> = {
  en: {
    formats: 'en-GB', asked: 'Files are asked of you', password: 'Password', open: 'Open', refused: 'That is not the password, or it was given too long ago. Try again.',
    gone: 'This link takes no files', goneWhy: 'It may have been withdrawn, be over or used up, or never have been one. Ask whoever sent it to you for a new one.',
    limited: 'Too many tries', limitedWhy: 'Wait some minutes, then try again.', failed: 'Something went wrong', failedWhy: 'It is our fault, and files without a receipt were not kept. Try again in a moment.',
    foreign: 'Not from here', foreignWhy: 'Another page tried to hand files in through this link. Open the link itself.',
    title: (title) => title, to: (org) => `What you hand in goes to ${org}.`, note: 'A note for you', files: 'Files',
    limits: ({ files, each, all }) => `${files} files at most, ${each} each and ${all} together.`, kinds: (kinds) => `Only these: ${kinds}.`,
    kind: { pdf: 'PDF', image: 'pictures', office: 'office documents', text: 'text', mail: 'mail' },
    name: 'Your name (you may leave it out)', email: 'Your e-mail address (you may leave it out)', emailWhy: 'The receipt is mailed there.', send: 'Hand in',
    until: (moment) => `Open until ${moment} UTC.`, received: 'Received', nothing: 'Nothing was received', receivedAt: (moment) => `On ${moment} UTC. The SHA-256 of a file tells that it is the same to the last bit.`,
    file: 'Name', size: 'Size', bytes: (size) => `${size} bytes`, notTaken: 'Not taken', others: 'Whatever of the form is not named here',
    why: {
      closed: 'the link takes no more files', no_room: 'there is no room left for it', too_large: 'it is larger than what is taken here', kind: 'it is not of a kind that is taken here',
      empty: 'it is empty', name: 'its name cannot be used', full: 'our storage is full at the moment; try again later', limited: 'too much was sent of late; try again later',
      password: 'the password was given too long ago; open the link again', early: 'the form ended before all of it had come', failed: 'something went wrong on our side; try again in a moment',
      too_many: 'the form brought more files than are taken at once',
    },
    mailed: (email) => `The receipt is on its way to ${email}.`, notMailed: 'No receipt was mailed.', keep: 'Keep this page as your receipt: it cannot be opened again.', more: 'Hand in more',
  },
  pt: {
    formats: 'pt-PT', asked: 'Pedem-lhe ficheiros', password: 'Palavra-passe', open: 'Abrir', refused: 'Não é essa a palavra-passe, ou foi indicada há demasiado tempo. Tente de novo.',
    gone: 'Esta ligação não recebe ficheiros', goneWhy: 'Pode ter sido retirada, ter terminado ou estar esgotada, ou nunca ter existido. Peça uma nova a quem lha enviou.',
    limited: 'Demasiadas tentativas', limitedWhy: 'Espere alguns minutos e tente de novo.', failed: 'Algo correu mal', failedWhy: 'A culpa é nossa, e os ficheiros sem recibo não foram guardados. Tente de novo daqui a pouco.',
    foreign: 'Não veio daqui', foreignWhy: 'Outra página tentou entregar ficheiros por esta ligação. Abra a própria ligação.',
    title: (title) => title, to: (org) => `O que entregar vai para ${org}.`, note: 'Uma nota para si', files: 'Ficheiros',
    limits: ({ files, each, all }) => `No máximo ${files} ficheiros, ${each} cada um e ${all} ao todo.`, kinds: (kinds) => `Apenas estes: ${kinds}.`,
    kind: { pdf: 'PDF', image: 'imagens', office: 'documentos de escritório', text: 'texto', mail: 'e-mail' },
    name: 'O seu nome (pode deixar em branco)', email: 'O seu endereço de e-mail (pode deixar em branco)', emailWhy: 'O recibo é enviado para lá.', send: 'Entregar',
    until: (moment) => `Aberta até ${moment} UTC.`, received: 'Recebido', nothing: 'Nada foi recebido', receivedAt: (moment) => `Em ${moment} UTC. O SHA-256 de um ficheiro diz que é o mesmo até ao último bit.`,
    file: 'Nome', size: 'Tamanho', bytes: (size) => `${size} bytes`, notTaken: 'Não aceites', others: 'Tudo o que no formulário não é aqui nomeado',
    why: {
      closed: 'a ligação não recebe mais ficheiros', no_room: 'já não há espaço para ele', too_large: 'é maior do que aqui se aceita', kind: 'não é de um tipo que aqui se aceite',
      empty: 'está vazio', name: 'o nome não pode ser usado', full: 'de momento não temos espaço; tente mais tarde', limited: 'foi enviado demasiado nos últimos tempos; tente mais tarde',
      password: 'a palavra-passe foi indicada há demasiado tempo; abra de novo a ligação', early: 'o formulário terminou antes de chegar por inteiro',
      failed: 'algo correu mal do nosso lado; tente de novo daqui a pouco', too_many: 'o formulário trouxe mais ficheiros do que se recebem de uma vez',
    },
    mailed: (email) => `O recibo vai a caminho de ${email}.`, notMailed: 'Não foi enviado recibo por e-mail.', keep: 'Guarde esta página como recibo: não pode ser aberta de novo.', more: 'Entregar mais',
  },
}
