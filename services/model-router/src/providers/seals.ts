/** Marks what a provider wants back as its own, and takes the mark off again. Another provider's is undefined: it means nothing here. */
export const sealsOf = (provider: string) => ({
  seal: (data: string) => `${provider}:${data}`,
  unseal: (seal: string | undefined) =>
    seal?.startsWith(`${provider}:`) === true ? seal.slice(provider.length + 1) : undefined,
})
