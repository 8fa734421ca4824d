// Stands in for a parser that ends its process over a file.
process.on('message', () => process.exit(3))
