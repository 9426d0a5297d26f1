/** A mail as it leaves: both parts say the same and carry the same link. */
export type Message = {
  /** The id of the mail, a UUID. Becomes its Message-ID, so that a server or a reader can drop the twin of one that was sent twice. */
  readonly id: string
  /** One address, bare. */
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** The address where one POST ends mails of this kind (RFC 8058); readers show it as a button of their own. */
  readonly unsubscribe?: string
}

export type MailSender = {
  /**
   * Hands one mail to one recipient on; resolved means that it was taken. Throws `MailRefusedError` for a mail that must not leave as it is, before
   * anything does, and `MailSendError` when it could not be handed on; after that it may still have been taken, and sending it again may make two.
   */
  send(message: Message, signal?: AbortSignal): Promise<void>
}

/** Who mail comes from. */
export type Mailbox = { readonly name: string | null; readonly address: string }

/** A part of a mail holds what could change the mail around it: control characters, line ends, or more than one address. Never names the value. */
export class MailRefusedError extends Error {
  readonly part: 'address' | 'name' | 'subject' | 'id' | 'unsubscribe'

  constructor(part: MailRefusedError['part']) {
    super(`the ${part} of a mail holds what does not belong there`)
    this.name = 'MailRefusedError'
    this.part = part
  }
}

/** The mail was not handed on. Holds the server's codes and not its words, which may repeat the recipient or the mail. */
export class MailSendError extends Error {
  /** `EAUTH`, `ECONNECTION`, `ETIMEDOUT`, `EENVELOPE`, `ETLS`, … */
  readonly code: string
  /** The server will not take it, from this sender or for this recipient, whenever it is asked. */
  readonly refused: boolean

  constructor(code: string, detail: string, { refused = false }: { refused?: boolean } = {}) {
    super(`the mail was not handed on (${detail})`)
    this.name = 'MailSendError'
    this.code = code
    this.refused = refused
  }
}
