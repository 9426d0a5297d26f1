import type { Document } from '@intellidocs/contracts'
import picocolors from 'picocolors'

export type Progress = {
  show(documents: readonly Document[]): void
  done(): void
}

type Out = Pick<NodeJS.WriteStream, 'write'> & { isTTY?: boolean; columns?: number }

const WIDTH = 24
const terminal: Record<Document['state'], boolean> = { queued: false, processing: false, ready: true, failed: true, needs_password: true, cancelled: true }

/**
 * A bar for each document, redrawn in place on a terminal. Elsewhere one line for each document when it has ended:
 * a log needs no bars.
 */
export function createProgress(out: Out): Progress {
  const told = new Set<string>()
  let drawn = 0
  return {
    show(documents) {
      const sorted = documents.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id))
      if (out.isTTY === true) {
        const up = drawn === 0 ? '' : `\u001b[${drawn}A\r`
        out.write(`${up}${sorted.map((document) => `\u001b[2K${barOf(document).slice(0, 200)}\n`).join('')}`)
        drawn = sorted.length
        return
      }
      for (const document of sorted) {
        if (!terminal[document.state] || told.has(document.id)) continue
        told.add(document.id)
        out.write(`  ${document.name}: ${outcomeOf(document)}\n`)
      }
    },
    done() {
      drawn = 0
    },
  }
}

function barOf(document: Document): string {
  const { stage, pagesDone, pages } = document.progress
  const share = terminal[document.state] ? 1 : pages === null || pages === 0 ? 0 : Math.min(1, pagesDone / pages)
  const filled = Math.round(share * WIDTH)
  const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`
  const what = terminal[document.state] ? outcomeOf(document) : `${stage ?? 'queued'}${pages === null ? '' : ` ${pagesDone}/${pages}`}`
  const paint = document.state === 'ready' ? picocolors.green : document.state === 'failed' ? picocolors.red : picocolors.yellow
  return `  ${paint(bar)} ${document.name} ${picocolors.dim(what)}`
}

function outcomeOf({ state, reason, pages, language }: Document): string {
  if (state === 'ready') return `ready, ${pages ?? 0} ${pages === 1 ? 'page' : 'pages'}${language === null ? '' : `, ${language}`}`
  return reason === null ? state : `${state}: ${reason}`
}
