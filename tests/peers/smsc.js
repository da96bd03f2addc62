// An SMSC on the npm package "smpp": somebody else's reading of SMPP 3.4, driven by JSON lines.
//
//   out: {"port": N}, {"bound": "system_id"}, {"submit": {source, destination, text, udh}},
//        {"acknowledged": {sequence, status}}, {"unbound": true}, {"closed": true}, {"refused": status},
//        {"nacked": {sequence, status}}: a generic_nack, {"binding": password}: an attempt
//   in:  {"deliver": {source, destination, body, coding, esm, tlvs, sequence, data}}; data: by data_sm,
//        {"reset": true}, {"hangup": true}: behind what was sent, {"enquire": true}, {"octets": hexadecimal}: as they are,
//        {"silent": "swallows" | "later" | false}: submit_sm is not answered, or is taken when that ends,
//        {"refuse": [status, ...]}: of the next submit_sm, {"binds": "refused" | "unanswered" | true},
//        {"receipts": {form: "hex" | "decimal" | "tlv", early: true}}: one for each submit_sm from now on
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
let binds = true;
let receipts = null;
const refuse = [];
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
  if (refuse.length) {
    const status = refuse.shift();
    each.send(pdu.response({ command_status: status }));
    say({ refused: status });
    return;
  }
  messages += 1;
  const id = receipts ? (1000 + messages).toString(16).toUpperCase() : "m" + messages;
  if (receipts && receipts.early) receipt(each, pdu, id);
  each.send(pdu.response({ message_id: id }));
  if (receipts && !receipts.early) receipt(each, pdu, id);
  say({
    submit: {
      source: pdu.source_addr,
      destination: pdu.destination_addr,
      text,
      udh,
    },
  });
}

// that the message came, as SMSCs write it: the id in hexadecimal as it was given, padded and in small letters, or in decimal
function receipt(each, pdu, id) {
  const written = receipts.form === "decimal" ? String(parseInt(id, 16)) : "000" + id.toLowerCase();
  const text = `id:${written} sub:001 dlvrd:001 submit date:2611271200 done date:2611271201 stat:DELIVRD err:000 text:`;
  const inTlvs = receipts.form === "tlv";
  each.deliver_sm({
    source_addr: pdu.destination_addr,
    destination_addr: pdu.source_addr,
    esm_class: inTlvs ? 0 : 4,
    short_message: Buffer.from(inTlvs ? "" : text),
    ...(inTlvs ? { receipted_message_id: id, message_state: 2 } : {}),
  });
}

function serve(each) {
  each.on("bind_transceiver", (pdu) => {
    say({ binding: pdu.password });
    if (binds === "unanswered") return;
    if (binds === "refused") {
      each.send(pdu.response({ command_status: smpp.ESME_RBINDFAIL }));
      return;
    }
    const right = pdu.password === "secret";
    each.send(pdu.response({ command_status: right ? 0 : smpp.ESME_RBINDFAIL, system_id: "foreign" }));
    if (right) {
      session = each;
      say({ bound: pdu.system_id });
    }
  });
  each.on("generic_nack", (pdu) => say({ nacked: { sequence: pdu.sequence_number, status: pdu.command_status } }));
  each.on("deliver_sm_resp", () => {});
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
  const body = Buffer.from(asked.body, "hex");
  const pdu = new smpp.PDU(asked.data ? "data_sm" : "deliver_sm", {
    source_addr: asked.source,
    destination_addr: asked.destination,
    data_coding: asked.coding,
    esm_class: asked.esm || 0,
    ...(asked.data || asked.payload ? { message_payload: body } : { short_message: body }),
    ...asked.tlvs,
  });
  if (asked.sequence) pdu.sequence_number = asked.sequence;
  session.send(pdu, (resp) => say({ acknowledged: { sequence: resp.sequence_number, status: resp.command_status } }));
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const asked = JSON.parse(line);
  if (asked.deliver) deliver(asked.deliver);
  if (asked.reset) session.socket.destroy();
  if (asked.hangup) session.socket.end(); // what was sent arrives, what is answered is lost
  if (asked.octets) session.socket.write(Buffer.from(asked.octets, "hex"));
  if (asked.refuse) refuse.push(...asked.refuse);
  if ("binds" in asked) binds = asked.binds;
  if ("receipts" in asked) receipts = asked.receipts;
  if ("silent" in asked) {
    silent = asked.silent;
    if (!silent) unread.splice(0).forEach(([each, pdu]) => submitted(each, pdu));
  }
  if (asked.enquire) session.enquire_link({}, (pdu) => say({ enquired: pdu.command_status }));
}).on("close", () => process.exit(0));
