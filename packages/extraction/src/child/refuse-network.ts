import { Socket } from 'node:net'
import dgram from 'node:dgram'
import dns from 'node:dns'

/** A second wall for machines without network namespaces: nothing in this process connects, whatever a library tries. */
export function refuseNetwork(): void {
  const refuse = () => {
    throw new Error('a reader of documents has no network')
  }
  Socket.prototype.connect = refuse
  dgram.Socket.prototype.send = refuse
  dns.lookup = Object.assign(refuse, { __promisify__: refuse })
}
