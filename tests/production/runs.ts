import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

type Temporal = { readonly binary: string; readonly address: string }

async function temporal({ binary, address }: Temporal, ...args: string[]): Promise<string> {
  const all = ['workflow', ...args, '--address', address, '--output', 'json']
  const { stdout } = await promisify(execFile)(binary, all, { maxBuffer: 64 * 1024 * 1024 })
  return stdout
}

/** The ids of all runs that Temporal's server keeps, one each time that a run was started. */
export async function runsOf(server: Temporal): Promise<string[]> {
  const listed = JSON.parse(await temporal(server, 'list', '--limit', '1000')) as { execution: { workflowId: string } }[]
  return listed.map(({ execution }) => execution.workflowId).toSorted()
}

/** The processes that took part in any run: the worker library names itself `<pid>@<host>`. */
export async function pidsIn(server: Temporal): Promise<Set<number>> {
  const pids = new Set<number>()
  for (const id of new Set(await runsOf(server))) {
    for (const [, pid] of (await temporal(server, 'show', '--workflow-id', id)).matchAll(/"identity": *"(\d+)@/g)) pids.add(Number(pid))
  }
  return pids
}
