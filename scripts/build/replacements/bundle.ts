// Stands in a built artefact for apps/worker/src/temporal/bundle.ts: the workflows were bundled by the build, and nothing is compiled at the start.
import { fileURLToPath } from 'node:url'

export const workflowBundle = (): Promise<string> => Promise.resolve(fileURLToPath(new URL('workflows.bundle.cjs', import.meta.url)))
