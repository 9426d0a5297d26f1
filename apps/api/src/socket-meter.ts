import type { Metrics } from '@intellidocs/kernel'
import type { ApiSocket } from './socket.ts'
import { CLOSE_SIGNED_OUT } from './socket-watch.ts'

/** Why a socket closed, by its code. What a client invents is `other`. */
const reasons = new Map([
  [1000, 'left'], [1001, 'left'], [1005, 'left'], [1006, 'cut'], [1008, 'policy'], [1009, 'too_large'], [1012, 'restarting'], [1013, 'too_slow'],
  [CLOSE_SIGNED_OUT, 'signed_out'],
])

/** To be told of each socket that closed, and the code of its close. */
export type SocketMeter = (socket: Pick<ApiSocket, 'closedWith'>, code: number) => void

/** Counts the ends of websockets by reason. Where this side closed first its reason counts, also when the other side never answered. */
export function createSocketMeter(metrics: Metrics): SocketMeter {
  const closed = metrics.counter<'reason'>({
    name: 'intellidocs_websockets_closed_total', help: 'Closed websockets by reason.', labels: ['reason'],
  })
  return ({ closedWith }, code) => closed.inc({ reason: reasons.get(closedWith ?? code) ?? 'other' })
}
