/** Remembers the `limit` values that were used last. */
export class Lru<V> {
  readonly #limit: number
  readonly #values = new Map<string, { readonly value: V; readonly turn: number }>()
  /** Counts what was put at the end. */
  #turn = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get(key: string): V | undefined {
    const entry = this.#values.get(key)
    if (entry === undefined) return undefined
    // Moving an entry costs more than finding it, and one in the younger half is not the next to go.
    if (this.#turn - entry.turn > this.#limit / 2) this.#putLast(key, entry.value)
    return entry.value
  }

  /** Returns the value that had to make room. */
  set(key: string, value: V): V | undefined {
    this.#putLast(key, value)
    if (this.#values.size <= this.#limit) return undefined
    const [oldest] = this.#values
    if (!oldest) return undefined
    this.#values.delete(oldest[0])
    return oldest[1].value
  }

  clear(): void {
    this.#values.clear()
  }

  #putLast(key: string, value: V): void {
    this.#values.delete(key)
    this.#values.set(key, { value, turn: ++this.#turn })
  }
}
