import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inParallel } from '../figures.ts'
import type { BenchInstallation } from '../installation.ts'

/** Where pages are pushed to. */
type Source = Pick<BenchInstallation, 'request' | 'dataSourceId'>

export type Page = {
  readonly externalId: string
  readonly title?: string
  readonly text: string
  readonly allow?: readonly string[]
}

export async function loadPages(at: Source, pages: Iterable<Page>, mediaType = 'text/markdown'): Promise<void> {
  await inParallel(pages, 8, async ({ externalId, title, text, allow = ['workspace:members'] }) => {
    await at.request('PUT', `/v1/data-sources/${at.dataSourceId}/documents/${encodeURIComponent(externalId)}`, {
      content: { mediaType, text, ...(title ? { title } : {}) },
      access: { allow },
    })
  })
}

/** Asks again where no answer comes in time: whoever computes vectors beside it takes the machine for minutes. */
export async function untilIndexed(at: Source): Promise<void> {
  for (let failures = 0; ;) {
    const status = await at
      .request<{ waiting: number }>('GET', `/v1/data-sources/${at.dataSourceId}/index`)
      .catch((error: unknown) => {
        if (++failures === 20) throw error
        return undefined
      })
    if (status?.waiting === 0) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

const sample = fileURLToPath(new URL('../../../samples/handbook/pages', import.meta.url))

/** The pages of a handbook by their paths: those of the sample, or of another folder. */
export function handbookPages(folder = sample): Page[] {
  return globSync('**/*.md', { cwd: folder })
    .toSorted()
    .map((externalId) => ({ externalId, text: readFileSync(`${folder}/${externalId}`, 'utf8') }))
    .filter(({ text }) => text.trim() !== '')
}
