// An SMSC on the npm package "smpp": somebody else's reading of SMPP 3.4, driven by JSON lines.
//
//   out: {"port": N}, {"bound": "system_id"}, {"submit": {source, destination, text, udh}},
//        {"acknowledged": {sequence, status}}, {"unbound": true}, {"closed": true}
//   in:  {"deliver": {source, destination, body, coding, esm, tlvs}}, {"reset": true}, {"enquire": true},
//        {"silent": "swallows" | "later" | false}: submit_sm is not answered, or is taken when that ends
//
// Arguments: files of a key and a certificate, where it is to speak TLS. Bodies and headers are hexadecimal. A message whose destination ends in 9 is throttled the first time.
"use strict";

const fs = require("fs");
const path = require("path");
const readline = require("readline");
const smpp = require(path.join(__dirname, "..", "..", ".peers", "node_modules", "smpp"));

let session = null;
let messages = 0;
let silent = false;
const unread = [];
const throttled = new Set();
const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");

// the package has decoded text and header by then: what it says is its own reading of the octets
function content(pdu) {
  const read = pdu.message_payload || pdu.short_message;
  return { text: String(read.message), udh: (read.udh || []).map((each) => each.toString("hex")) };
}

function submitted(each, pdu) {
  if (silent) {
    if (silent === "later") unread.push([each, pdu]);
    say({ unanswered: silent });
    return;
  }
  const { text, udh } = content(pdu);
  const key = pdu.destination_addr + udh + text;
  if (pdu.destination_addr.endsWith("9") && !throttled.has(key)) {
    throttled.add(key);
    each.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
    return;
  }
  messages += 1;
  each.send(pdu.response({ message_id: "m" + messages }));
  say({
    submit: {
      source: pdu.source_addr,
      destination: pdu.destination_addr,
      text,
      udh,
    },
  });
}

function serve(each) {
  each.on("bind_transceiver", (pdu) => {
    const right = pdu.password === "secret";
    each.send(pdu.response({ command_status: right ? 0 : smpp.ESME_RBINDFAIL, system_id: "foreign" }));
    if (right) {
      session = each;
      say({ bound: pdu.system_id });
    }
  });
  each.on("submit_sm", (pdu) => submitted(each, pdu));
  each.on("enquire_link", (pdu) => each.send(pdu.response()));
  each.on("unbind", (pdu) => {
    each.send(pdu.response());
    say({ unbound: true });
    each.close();
  });
  each.on("close", () => say({ closed: true }));
  each.on("error", () => {});
}

const [key, cert] = process.argv.slice(2); // files of a key and a certificate: TLS
const tls = key ? { key: fs.readFileSync(key), cert: fs.readFileSync(cert) } : {};
const server = smpp.createServer(tls, serve);
server.listen(0, "127.0.0.1", () => say({ port: server.address().port }));

function deliver(asked) {
  session.deliver_sm(
    {
      source_addr: asked.source,
      destination_addr: asked.destination,
      data_coding: asked.coding,
      esm_class: asked.esm || 0,
      short_message: Buffer.from(asked.body, "hex"),
    },
    (pdu) => say({ acknowledged: { sequence: pdu.sequence_number, status: pdu.command_status } }),
  );
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const asked = JSON.parse(line);
  if (asked.deliver) deliver(asked.deliver);
  if (asked.reset) session.socket.destroy();
  if ("silent" in asked) {
    silent = asked.silent;
    if (!silent) unread.splice(0).forEach(([each, pdu]) => submitted(each, pdu));
  }
  if (asked.enquire) session.enquire_link({}, (pdu) => say({ enquired: pdu.command_status }));
}).on("close", () => process.exit(0));
