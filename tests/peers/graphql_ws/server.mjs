// A small GraphQL server on the reference implementation of graphql-transport-ws.
//
// Prints the port that it listens on, as JSON, and serves until its standard input ends. There are
// two endpoints: /graphql, and /impatient/graphql, which soon gives up on a silent client.

import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

import { buildSchema } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";

const schema = buildSchema(`
  type Query {
    hello(name: String!): String!
    ticking(clock: String!): Boolean!
  }
  type Subscription {
    count(to: Int!): Int!
    ticks(clock: String!): Int!
  }
`);

const ticking = new Set();

const roots = {
  query: {
    hello: ({ name }) => `Hello, ${name}.`,
    ticking: ({ clock }) => ticking.has(clock),
  },
  subscription: {
    async *count({ to }) {
      for (let number = 1; number <= to; number += 1) yield { count: number };
    },
    async *ticks({ clock }) {
      ticking.add(clock);
      try {
        for (let number = 1; ; number += 1) {
          yield { ticks: number };
          await pause(1);
        }
      } finally {
        ticking.delete(clock);
      }
    },
  },
};

// How long a client may take to say connection_init, in milliseconds.
const patience = { "/graphql": 60_000, "/impatient/graphql": 50 };

const servers = new Map();
for (const [path, connectionInitWaitTimeout] of Object.entries(patience)) {
  const server = new WebSocketServer({ noServer: true });
  useServer({ schema, roots, connectionInitWaitTimeout }, server);
  servers.set(path, server);
}

const http = createServer();
http.on("upgrade", (request, socket, head) => {
  const server = servers.get(request.url);
  if (server === undefined) {
    socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  server.handleUpgrade(request, socket, head, (client) => server.emit("connection", client, request));
});
http.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: http.address().port })));

process.stdin.resume().on("end", () => process.exit());
