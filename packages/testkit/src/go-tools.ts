import { join } from 'node:path'
import { cached, exists } from './stack/cache.ts'
import { obtain, ServerMissing } from './stack/missing.ts'
import { step } from './stack/report.ts'
import { run, tryRun } from './stack/run.ts'

/** Go, from PATH or from where its installer puts it. */
export async function goProgram(): Promise<string> {
  if ((await tryRun('go', ['version'])) !== undefined) return 'go'
  const installed = '/usr/local/go/bin/go'
  if (await exists(installed)) return installed
  throw new ServerMissing('Go: install it (go on PATH) to build the tools that check the deployment files.')
}

/** The program of a Go module's package at a version, built once per machine; `name` is what `go install` calls it. */
export async function goTool(name: string, { path, version }: { path: string; version: string }): Promise<string> {
  const go = await goProgram()
  const directory = await obtain(path, () =>
    cached(`go-${path.replaceAll('/', '-')}-${version}`, (into) =>
      step(`building ${path} ${version} with Go`, async () => {
        const env = { ...process.env, GOBIN: into, GOFLAGS: '-buildvcs=false' }
        await run(go, ['install', `${path}@${version}`], { env })
      }),
    ),
  )
  return join(directory, name)
}

/** The directory of a Go module's sources at a version, in Go's own cache. */
export async function goModule(path: string, version: string): Promise<string> {
  const go = await goProgram()
  // Outside any module, or Go would look this one up in its go.mod.
  const options = { cwd: '/', env: { ...process.env, GOFLAGS: '-mod=mod' } }
  const printed = await obtain(path, () => run(go, ['mod', 'download', '-json', `${path}@${version}`], options))
  return (JSON.parse(printed) as { Dir: string }).Dir
}
