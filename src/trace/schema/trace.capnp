# The contract of a ringback trace file (.rbt): what is stored, field by field.
#
# A trace is a sequence of events in one total order. An event is a small fixed head (time, channel, kind, direction,
# origin, exchange) and a body of tagged fields; src/trace/event.h says what they mean, src/trace/bodies.h lists the
# fields of each kind, docs/trace-format.md says where the bytes stand. This file says how a file keeps the events:
#
#     file   := header  chunk*  footer  trailer
#     header := 64 fixed octets, TraceHeader
#     chunk  := 112 fixed octets, Spine, blocks      some 1 MiB of bodies, readable without any other chunk
#     footer := 32 fixed octets, Footer
#
# Cap'n Proto carries structure only. TraceHeader, Spine and Footer are each ONE segment without a segment table,
# compressed as one zstd frame, and hashed as stored. A trace's digest never covers them: it covers canonical rows
# (docs/trace-format.md, "Content root"), so that a file may be rewritten with other chunks or another compressor and
# stays the same trace.
#
# How this file may change, for ever:
#   - fields and constants are only added, with the next ordinal; the default of a new field means what old files did;
#   - no type, default or ordinal changes; no List(T) becomes a List(struct); no member joins an existing union;
#   - what an old reader must not overlook gets a bit in the file header's `required features`; what it may overlook gets a
#     bit in `optional features` or just a new field here.

@0xd3b1a7c94e5f6028;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("ringback::trace::schema");

# ----------------------------------------------------------------------------------------------------------------------
# Numbers that events carry. They are constants and not enums because they are sparse: each family has room to grow.

# What a channel's partner is (ChannelDeclared.channel_kind). Channel 0 is the control channel and is never declared.
const channelControl     :UInt16 = 0;
const channelCaller      :UInt16 = 1;   # call control, keypad, marks, typed text
const channelAudio       :UInt16 = 2;   # one track of sound
const channelModel       :UInt16 = 3;   # speech-to-speech or text model stream
const channelTranscriber :UInt16 = 4;   # speech-to-text stream
const channelSynthesizer :UInt16 = 5;   # text-to-speech stream
const channelTool        :UInt16 = 6;   # one tool
const channelBus         :UInt16 = 7;   # one bus subject
const channelQueue       :UInt16 = 8;   # one queue
const channelTcp         :UInt16 = 9;   # an opaque TCP service
const channelProcess     :UInt16 = 10;  # one worker's lifecycle

# What happened (the head's kind). A reader keeps kinds that it does not know.
# 1..15: control. These stand on channel 0 and are part of the trace like everything else: ordered and hashed.
const kindChannelDeclared  :UInt16 = 1;
const kindRecordingFacts   :UInt16 = 2;
const kindGap              :UInt16 = 3;
# 16..31: caller and audio
const kindAudio            :UInt16 = 16;
const kindText             :UInt16 = 17;
const kindDtmf             :UInt16 = 18;
const kindMark             :UInt16 = 19;
const kindMarkPlayed       :UInt16 = 20;
const kindClear            :UInt16 = 21;
const kindCallStarted      :UInt16 = 22;
const kindHungUp           :UInt16 = 23;
# 32..47: message streams (models, transcribers, synthesizers, sockets)
const kindOpened           :UInt16 = 32;
const kindMessage          :UInt16 = 33;
const kindBinary           :UInt16 = 34;
const kindClosed           :UInt16 = 35;
# 48..63: exchanges (tools, HTTP)
const kindRequest          :UInt16 = 48;
const kindResponse         :UInt16 = 49;
const kindResponsePart     :UInt16 = 50;
const kindFailed           :UInt16 = 51;
const kindAbandoned        :UInt16 = 52;
# 64..79: bus
const kindPublished        :UInt16 = 64;
const kindDelivered        :UInt16 = 65;
const kindAcknowledged     :UInt16 = 66;
# 80..95: queue
const kindJobAdded         :UInt16 = 80;
const kindJobStarted       :UInt16 = 81;
const kindJobFinished      :UInt16 = 82;
const kindJobFailed        :UInt16 = 83;
# 96..111: opaque bytes
const kindOctets           :UInt16 = 96;
# 112..127: processes
const kindProcessStarted   :UInt16 = 112;
const kindProcessSignalled :UInt16 = 113;
const kindProcessExited    :UInt16 = 114;
# 128..143: the simulator's own
const kindFaultFired       :UInt16 = 128;
const kindDiverged         :UInt16 = 129;

# ----------------------------------------------------------------------------------------------------------------------
# At the start of the file. Facts that are known only at the end, or that people add later, stand in the footer.

struct TraceHeader {
  writer @0 :Text;
  # Which program wrote the file, with its version: "ringback 0.1.0". For people; no reader decides by it.
}

# ----------------------------------------------------------------------------------------------------------------------
# A chunk's table of contents. Everything small is here; the values of octet fields are in the chunk's blocks.

struct Numbers {
  # A column of unsigned 64-bit integers; how many it holds is said where it is used. Value i is
  #
  #     base + (plane[0][i] | plane[1][i] << 8 | ...)        modulo 2^64
  #
  # Planes keep the octets of equal weight together, where a compressor finds them alike. A column of equal values has
  # no plane at all.

  base @0 :UInt64;
  width @1 :UInt8;
  # How many planes: 0..8.
  planes @2 :Data;
  # width x count octets, plane 0 (the lowest octets) first.
}

struct Spine {
  order @0 :Numbers;
  # One number an event, in the trace's total order: the stream (an index into `streams`) that the event is the next
  # one of. This, not time, is the order: equal times and times that run backwards are kept as they were.

  streams @1 :List(Stream);
  # Ascending by (channel, kind); no pair twice.

  blocks @2 :List(Block);
  # Ascending by (channel, transform), no pair twice; a channel without octets has none.
}

enum Transform {
  # What was done to octets before they were compressed: docs/trace-format.md, "Sound". All but `none` stand behind a
  # required feature.
  none @0;
  samples16 @1;
  mulaw @2;
  alaw @3;
}

struct Stream {
  # All events of one kind on one channel, in order. Such events have like bodies, and their columns compress well.

  channel @0 :UInt16;
  kind @1 :UInt16;
  count @2 :UInt32;
  # At least 1.

  firstTime @3 :Int64;
  timeStep @4 :Int64;
  times @5 :Numbers;
  # count - 1 numbers: time[0] = firstTime, time[i+1] = time[i] + timeStep + unzigzag(times[i]), modulo 2^64, in ns.
  # unzigzag(0, 1, 2, 3, ...) = 0, -1, 1, -2, ... A steady track has all zeros here: no planes.

  directions @6 :Numbers;
  origins @7 :Numbers;
  exchanges @8 :Numbers;
  # count numbers each. exchanges: zigzag of the difference to the one before, the first to 0.

  fields @9 :List(Field);
  # Ascending by tag.
}

struct Field {
  # One body field of a stream's events.

  tag @0 :UInt8;
  # The field's tag in the body. 0 is not a field: it stands for the whole body of an event whose body is not a
  # well-formed list of fields. Such an event has no other field.

  form @1 :Form;

  presence @2 :Data;
  # Which of the stream's events have the field: bit (i mod 8) of octet (i / 8), unused bits 0. Empty: all of them.

  numbers @3 :Numbers;
  # One number for each event that has the field.

  transform @4 :Transform;
  # Which of the channel's blocks has the values.

  cuts @5 :Numbers;
  # How many stretches of base64 were cut out of each value: a number for each event that has the field. Where it has
  # neither base nor planes, nothing was cut out of any. `numbers` are then the lengths of what is left, and the values'
  # block has that; the value is it with the characters of every cut in its place. Behind a required feature.

  cutPlaces @6 :Numbers;
  # For each cut, in order: octets of what is left between the value's start, or the cut before, and this one.

  cutLengths @7 :Numbers;
  # For each cut: how many octets it stands for, at least 94.

  cutTransform @8 :Transform;
  # Which of the channel's blocks has these octets.

  enum Form {
    octets @0;
    # `numbers` are the lengths; the values themselves stand one after another in the channel's block.
    integers @1;
    # Every value has 8 octets and is kept here as an integer: `numbers` are zigzag of the difference to the one before,
    # the first to 0, modulo 2^64. No octets in the block.
  }
}

struct Block {
  # The octet values of one channel that one transform was used on, apart from all other channels', so that one channel
  # can be read alone. Order: the channel's streams as in `streams`, in each its fields of form `octets` as in `fields`, in
  # each its values, then its cuts. What a field has in a block was transformed for itself. Blocks stand in the chunk's
  # body after the spine, back to back, in the order of this list.

  channel @0 :UInt16;
  codec @1 :Codec;
  rawLength @2 :UInt32;
  storedLength @3 :UInt32;
  # 0 for `inlined`.
  hash @4 :UInt64;
  # XXH3-64 of the octets as stored, seeded with the trace id; 0 for `inlined`.
  inlined @5 :Data;
  # The raw octets of a small block.
  transform @6 :Transform;

  enum Codec {
    raw @0;
    zstd @1;
    inlined @2;
  }
}

# ----------------------------------------------------------------------------------------------------------------------
# At the end of the file.

struct Footer {
  chunks @0 :List(ChunkEntry);
  # In file order. Everything here can be made again from the chunks themselves, and is checked against them.

  channelEvents @1 :List(UInt64);
  # How many events each channel has, by channel id, from channel 0.

  leaves @2 :Data;
  # The content root's leaves, 32 octets each: two traces find the first window of 4,096 events in which they differ
  # without decoding either.

  metadata @3 :List(Fact);
  # Facts about the trace that are outside its digest; ascending by key, no key twice.

  declarations @4 :List(Data);
  # The bodies of all `channel_declared` events, in order, so that a file whose first chunk is destroyed still knows its
  # channels. A body of more than 512 octets is empty here. No list: a writer that did not repeat them.
}

struct ChunkEntry {
  # Equal to the fields of the same name in the chunk's header.
  offset @0 :UInt64;
  firstEvent @1 :UInt64;
  earliest @2 :Int64;
  latest @3 :Int64;
  channelMask @4 :UInt64;
  events @5 :UInt32;
  flags @6 :UInt32;
}

struct Fact {
  key @0 :Data;
  value @1 :Data;
}
