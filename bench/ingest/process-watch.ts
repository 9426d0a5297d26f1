import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { descendantsOf } from '@intellidocs/testing'

const read = (path: string): string => {
  try { return readFileSync(path, 'utf8') } catch { return '' } // the process ended between two looks
}

// Addresses as /proc writes them, four bytes turned round at a time: 127/8, ::ffff:127/8, ::1, and "none".
const LOOPBACK = /^(?:\w{6}7F|0{16}FFFF0{4}\w{6}7F|0{24}01000000|0+)$/

/** Sockets of one process whose other end is not on this machine. */
function outboundSockets(pid: number): string[] {
  let inodes: Set<string>
  try {
    inodes = new Set(readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try { return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [] } catch { return [] } // closed meanwhile
    }))
  } catch { return [] } // the process ended meanwhile
  const lines = ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) => read(`/proc/${pid}/net/${table}`).split('\n').slice(1))
  return lines.flatMap((line) => {
    const cells = line.trim().split(/\s+/)
    const [address = ''] = (cells[2] ?? '').split(':')
    return inodes.has(cells[9] ?? '') && !LOOPBACK.test(address) ? [`${pid}:${cells[2]}`] : []
  })
}

/** Samples the processes below `root` until stopped: the largest resident size of any one, and connections that leave the machine. */
export function watchProcesses(root: number): { stop(): { maxRssMb: number; outbound: number } } {
  let maxRssKb = 0
  const outbound = new Set<string>()
  const look = (): void => {
    for (const { pid } of descendantsOf(root)) {
      maxRssKb = Math.max(maxRssKb, Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0))
      for (const socket of outboundSockets(pid)) outbound.add(socket)
    }
  }
  const timer = setInterval(look, 100)
  return { stop: () => { clearInterval(timer); return { maxRssMb: Math.round(maxRssKb / 1024), outbound: outbound.size } } }
}
