import type { Metrics } from '@intellidocs/kernel'
import type { WebSocket } from 'ws'
import { CLOSE_SIGNED_OUT } from './socket-watch.ts'

/** Why a socket closed, by its code. What a client invents is `other`. */
const reasons = new Map([
  [1000, 'left'], [1001, 'left'], [1005, 'left'], [1006, 'cut'], [1008, 'policy'], [1009, 'too_large'], [1012, 'restarting'], [1013, 'too_slow'],
  [CLOSE_SIGNED_OUT, 'signed_out'],
])

export type SocketMeter = (socket: WebSocket) => void

/** Counts the ends of websockets by reason. Where this side closed first its reason counts, also when the other side never answered. */
export function createSocketMeter(metrics: Metrics): SocketMeter {
  const closed = metrics.counter<'reason'>({
    name: 'intellidocs_websockets_closed_total', help: 'Closed websockets by reason.', labels: ['reason'],
  })
  return (socket) => {
    let ours: number | undefined
    const close = socket.close.bind(socket)
    socket.close = (code, data) => {
      ours ??= code
      close(code, data)
    }
    socket.once('close', (code) => closed.inc({ reason: reasons.get(ours ?? code) ?? 'other' }))
  }
}
