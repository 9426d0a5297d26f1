import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

/** A mail as a server took it over the line. */
export type TakenMail = { readonly from: string; readonly to: readonly string[]; readonly raw: Buffer; readonly login: string | null; readonly encrypted: boolean }

export type TestSmtpServer = { readonly port: number; readonly taken: readonly TakenMail[]; close(): Promise<void> }

/** A real SMTP server on a free port of this machine. It asks for no login and offers no TLS unless told to; its certificate is nobody's. */
export async function startSmtpServer(options: SMTPServerOptions = {}): Promise<TestSmtpServer> {
  const taken: TakenMail[] = []
  const server = new SMTPServer({
    authOptional: true, disabledCommands: ['STARTTLS'], logger: false, disableReverseLookup: true, closeTimeout: 1_000,
    onData(stream, session, done) {
      const { mailFrom, rcptTo } = session.envelope
      const take = async (): Promise<void> => {
        try {
          const raw = await buffer(stream)
          const from = mailFrom === false ? '' : mailFrom.address
          taken.push({ from, to: rcptTo.map(({ address }) => address), raw, login: typeof session.user === 'string' ? session.user : null, encrypted: session.secure })
          done()
        } catch (error) {
          done(error instanceof Error ? error : new Error(String(error)))
        }
      }
      void take()
    },
    ...options,
  })
  server.on('error', () => undefined) // a client that refuses the certificate ends the connection
  const listening = Promise.withResolvers<void>()
  const net = server.listen(0, '127.0.0.1', () => listening.resolve())
  await listening.promise
  return {
    port: (net.address() as AddressInfo).port, taken,
    close: () => new Promise((resolve) => { server.close(() => resolve()) }),
  }
}
