// For each file that is named, one line of JSON: what the parser has to say about it, and whether
// it has made anything of it.
import { readFileSync } from 'node:fs'

import { Parser } from '@asyncapi/parser'

const parser = new Parser()
for (const file of process.argv.slice(2)) {
  const { document, diagnostics } = await parser.parse(readFileSync(file, 'utf8'))
  const said = diagnostics.map(({ code, severity, message }) => ({ code, severity, message }))
  const channels = document === undefined ? [] : document.channels().all()
  const messages = channels.flatMap((one) => one.messages().all().map((message) => message.name()))
  console.log(JSON.stringify({ said, messages }))
}
