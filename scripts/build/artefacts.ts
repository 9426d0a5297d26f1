/** One folder of `dist` that runs by itself: copy it to a machine with Node 24 and the same system, and start one of its programs. */
export type Artefact = {
  readonly name: string
  /** Files of the folder, started as `node dist/<artefact>/<program>.js`, and where each begins in the sources. */
  readonly programs: Readonly<Record<string, string>>
  /** Packages that no import names in words. */
  readonly packages: readonly { readonly name: string; readonly from: string }[]
  readonly workflows: boolean
}

const cli = 'apps/cli/src/main.ts'

export const artefacts: readonly Artefact[] = [
  {
    name: 'api', programs: { main: 'apps/api/src/main.ts', migrate: 'packages/db/src/commands/migrate.ts', cli }, workflows: false,
    packages: [{ name: 'dejavu-fonts-ttf', from: 'packages/certificate' }],
  },
  {
    name: 'worker', programs: { main: 'apps/worker/src/main.ts' }, workflows: true,
    packages: ['eng', 'por'].map((language) => ({ name: `@tesseract.js-data/${language}`, from: 'packages/extraction' })),
  },
  { name: 'cli', programs: { main: cli }, packages: [], workflows: false },
]

/** Modules that a built artefact has another form of: no place where a test may break it, and workflows that are bundled already. */
export const replacements: Readonly<Record<string, string>> = {
  'packages/kernel/src/failpoint.ts': 'scripts/build/replacements/failpoint.ts',
  'apps/worker/src/temporal/bundle.ts': 'scripts/build/replacements/bundle.ts',
}

/** Where the replacement of `bundle.ts` finds the workflows. */
export const WORKFLOW_BUNDLE = 'apps/worker/src/temporal/workflows.bundle.cjs'
