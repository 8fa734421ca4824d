/** Remembers the `limit` values used last. */
export class Lru<V> {
  readonly #limit: number
  readonly #values = new Map<string, V>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get(key: string): V | undefined {
    const value = this.#values.get(key)
    if (value === undefined) return undefined
    this.#values.delete(key)
    this.#values.set(key, value)
    return value
  }

  /** Returns the value that had to make room. */
  set(key: string, value: V): V | undefined {
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size <= this.#limit) return undefined
    const [oldest] = this.#values
    if (!oldest) return undefined
    this.#values.delete(oldest[0])
    return oldest[1]
  }
}
