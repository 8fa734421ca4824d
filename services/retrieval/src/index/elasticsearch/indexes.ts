import { randomBytes } from 'node:crypto'
import { type Client, errors, type estypes } from '@elastic/elasticsearch'
import { type IndexInfo, IndexMissing, type Which } from '../search-index.ts'
import { definitionVersion, indexDefinition, whenFilled, whenSearched } from './index-definition.ts'

/**
 * The alias in front of an index of a workspace. It names the version of the definition: processes of two versions, side by side while one takes the other's place, neither
 * ask nor write each other's indexes.
 */
export const aliasOf = (prefix: string, workspaceId: string, which: Which = 'live') =>
  `${prefix}-${workspaceId}-v${definitionVersion}${which === 'next' ? '-next' : ''}`

type Place = { client: Client; prefix: string; workspaceId: string }

export async function look({ client, prefix, workspaceId }: Place): Promise<{ live?: IndexInfo; next?: IndexInfo }> {
  const [live, next] = [aliasOf(prefix, workspaceId), aliasOf(prefix, workspaceId, 'next')]
  const found = await client.indices.get({ index: [live, next], ignore_unavailable: true })
  const behind = (alias: string) =>
    Object.entries(found).flatMap(([name, state]) => (state.aliases?.[alias] ? infoOf(name, state) : []))[0]
  const [liveInfo, nextInfo] = [behind(live), behind(next)]
  return { ...(liveInfo ? { live: liveInfo } : {}), ...(nextInfo ? { next: nextInfo } : {}) }
}

function infoOf(name: string, { mappings }: estypes.IndicesIndexState): IndexInfo {
  const { embeddingModel } = (mappings?._meta ?? {}) as { embeddingModel?: string }
  const { dims } = (mappings?.properties?.['vector'] ?? {}) as { dims?: number }
  return {
    name,
    ...(embeddingModel === undefined ? {} : { embeddingModel }),
    ...(dims === undefined ? {} : { dimensions: dims }),
  }
}

export async function make(place: Place, which: Which, embeddingModel: string | undefined): Promise<IndexInfo> {
  const { client, prefix, workspaceId } = place
  const known = (await look(place))[which]
  if (known) return known
  const alias = aliasOf(prefix, workspaceId, which)
  const name = `${aliasOf(prefix, workspaceId)}-${Date.now().toString(36)}${randomBytes(3).toString('hex')}`
  const { settings, mappings } = indexDefinition
  try {
    await client.indices.create({
      index: name,
      settings: { ...settings, ...(which === 'next' ? whenFilled : whenSearched) },
      mappings: { ...mappings, _meta: embeddingModel === undefined ? {} : { embeddingModel } },
      aliases: { [alias]: { is_write_index: true } },
    })
  } catch (error) {
    // Two that make one at once cannot both have the alias: the other one was faster.
    const made = error instanceof errors.ResponseError ? (await look(place))[which] : undefined
    if (!made) throw error
    return made
  }
  return { name, ...(embeddingModel === undefined ? {} : { embeddingModel }) }
}

export async function promote(place: Place): Promise<void> {
  const { client, prefix, workspaceId } = place
  const { live, next } = await look(place)
  if (!next) throw new IndexMissing('There is no next index')
  await client.indices.putSettings({ index: next.name, settings: whenSearched })
  await client.indices.updateAliases({
    actions: [
      ...(live ? [{ remove_index: { index: live.name } }] : []),
      { remove: { index: next.name, alias: aliasOf(prefix, workspaceId, 'next') } },
      { add: { index: next.name, alias: aliasOf(prefix, workspaceId), is_write_index: true } },
    ],
  })
}

export async function dropNext(place: Place): Promise<void> {
  const { next } = await look(place)
  if (next) await place.client.indices.delete({ index: next.name, ignore_unavailable: true })
}

/** Removes the indexes of this workspace that neither alias of this version stands before. */
export async function sweep(place: Place): Promise<void> {
  const { client, prefix, workspaceId } = place
  const { live, next } = await look(place)
  const all = await client.indices.get({ index: `${prefix}-${workspaceId}*`, allow_no_indices: true })
  const left = Object.keys(all).filter((name) => name !== live?.name && name !== next?.name)
  if (live && left.length > 0) await client.indices.delete({ index: left, ignore_unavailable: true })
}
