import type { Replica } from './replica.ts'
import type { BlocksStore, CounterKey } from './blocks.store.ts'

export type Blocks = {
  /** Sets an amount aside; false where the limit has no room for it. Throws where the database can't be asked and this replica has not enough of it left. */
  reserve(key: CounterKey, amount: number): Promise<boolean>
  /** Frees what was set aside and is not used, for the requests of this replica. */
  free(key: CounterKey, amount: number): void
  /** Gives back what was not needed lately, so that other replicas have it. */
  giveBackIdle(): Promise<void>
  /** Forgets all of it: others have it now. */
  drop(): void
}

type Waiting = { amount: number; done: (reserved: boolean) => void; failed: (error: unknown) => void }

type Block = {
  readonly key: CounterKey
  /** Set aside in the database, and not for any request. */
  free: number
  waiting: Waiting[]
  filling: boolean
  /** Whether it was used since the last beat. */
  used: boolean
}

/** So many times what a request needs is set aside at once, where there is plenty. */
const AHEAD = 50

/**
 * What this replica has set aside of hard limits, so that a request mostly costs no question to the database. Each limit stays exact: what is reserved here was taken
 * from it there first.
 */
export function createBlocks(store: BlocksStore, replica: () => Replica): Blocks {
  const blocks = new Map<string, Block>()

  const blockOf = (key: CounterKey) => {
    const name = nameOf(key)
    const block = blocks.get(name) ?? { key, free: 0, waiting: [], filling: false, used: true }
    blocks.set(name, block)
    block.used = true
    return block
  }
  const isDropped = (block: Block) => blocks.get(nameOf(block.key)) !== block

  const serve = (block: Block) => {
    const left: Waiting[] = []
    for (const one of block.waiting) {
      if (one.amount > block.free) left.push(one)
      else {
        block.free -= one.amount
        one.done(true)
      }
    }
    block.waiting = left
  }

  /** Those who wait are served together; what is not to be had for the least of them is not to be had for any. */
  const fill = async (block: Block) => {
    block.filling = true
    try {
      while (block.waiting.length > 0) {
        const { id } = replica()
        const least = Math.min(...block.waiting.map(({ amount }) => amount))
        const all = block.waiting.reduce((sum, { amount }) => sum + amount, 0)
        const taken = await store.take(id, block.key, least - block.free, Math.max(all, least * AHEAD) - block.free)
        // Taken under an id that has been buried meanwhile: it was freed with everything else.
        if (isDropped(block) || replica().id !== id) throw new Error('This replica was taken for dead')
        block.free += taken
        const before = block.waiting.length
        serve(block)
        if (taken === 0 && block.waiting.length === before) for (const one of block.waiting.splice(0)) one.done(false)
      }
    } catch (error) {
      for (const one of block.waiting.splice(0)) one.failed(error)
    } finally {
      block.filling = false
    }
  }

  return {
    async reserve(key, amount) {
      const block = blockOf(key)
      if (block.waiting.length === 0 && block.free >= amount) {
        block.free -= amount
        return true
      }
      return new Promise<boolean>((done, failed) => {
        block.waiting.push({ amount, done, failed })
        if (!block.filling) void fill(block)
      })
    },
    free(key, amount) {
      const block = blocks.get(nameOf(key))
      if (!block) return
      block.free += amount
      if (!block.filling) serve(block)
    },
    async giveBackIdle() {
      for (const [name, block] of blocks) {
        const { used, free, key } = block
        block.used = false
        if (used || block.filling || block.waiting.length > 0) continue
        if (isOver(key)) blocks.delete(name)
        if (free <= 0) continue
        block.free = 0
        await store.give(replica().id, key, free).catch((error: unknown) => {
          block.free += free
          throw error
        })
      }
    },
    drop: () => blocks.clear(),
  }
}

const nameOf = ({ budget, period, counter }: CounterKey) => `${budget} ${period} ${counter}`

const isOver = ({ endsAt }: CounterKey) => endsAt !== null && Date.parse(endsAt) < Date.now()
