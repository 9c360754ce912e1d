//! Usage: mcap-bench WORKLOAD OUT.mcap. Prints one line of figures as trace_bench.cc does:
//! write CPU ms, octets, scan CPU ms, seek on any channel us, seek on the sparse channel us, open and first seek wall us.
use mcap::sans_io::indexed_reader::{IndexedReadEvent, IndexedReader, IndexedReaderOptions};
use mcap::sans_io::summary_reader::{SummaryReadEvent, SummaryReader};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Read, Seek};
use std::os::unix::fs::FileExt;
use std::time::Instant;

const REPETITIONS: usize = 5;
const SEEKS: u64 = 200;
const OPENS: u64 = 21;
const SPARSE_CHANNEL: u16 = 4;

struct Event<'a> {
    at: u64,
    channel: u16,
    payload: &'a [u8],
}

fn cpu_ms() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap());
    values[values.len() / 2]
}

fn measure(mut work: impl FnMut()) -> f64 {
    median((0..REPETITIONS).map(|_| { let start = cpu_ms(); work(); cpu_ms() - start }).collect())
}

fn events_of(data: &[u8]) -> Vec<Event<'_>> {
    let mut events = Vec::new();
    let mut at = 0;
    while at < data.len() {
        let length = u32::from_le_bytes(data[at + 12..at + 16].try_into().unwrap()) as usize;
        events.push(Event {
            at: u64::from_le_bytes(data[at..at + 8].try_into().unwrap()),
            channel: u16::from_le_bytes(data[at + 8..at + 10].try_into().unwrap()),
            payload: &data[at + 16..at + 16 + length],
        });
        at += 16 + length;
    }
    events
}

fn write(events: &[Event], path: &str) {
    let mut writer = mcap::Writer::new(BufWriter::new(std::fs::File::create(path).unwrap())).unwrap();
    let mut channels = [0u16; 8];
    for id in 1..=4 {
        channels[id] = writer.add_channel(0, &format!("channel {id}"), "octets", &BTreeMap::new()).unwrap();
    }
    for event in events {
        let header = mcap::records::MessageHeader {
            channel_id: channels[event.channel as usize],
            sequence: 0,
            log_time: event.at,
            publish_time: event.at,
        };
        writer.write_to_known_channel(&header, event.payload).unwrap();
    }
    writer.finish().unwrap();
}

fn scan(path: &str) -> u64 {
    let data = std::fs::read(path).unwrap();
    let mut sum = 0;
    for message in mcap::MessageStream::new(&data).unwrap() {
        let message = message.unwrap();
        sum += message.data.iter().step_by(64).map(|octet| *octet as u64).sum::<u64>();
    }
    sum
}

fn seek(data: &[u8], summary: &mcap::Summary, at: u64, channel: Option<u16>) {
    let mut options = IndexedReaderOptions::new().log_time_on_or_after(at);
    if let Some(id) = channel {
        options = options.include_topics([format!("channel {id}")]);
    }
    let mut reader = IndexedReader::new_with_options(summary, options).unwrap();
    while let Some(event) = reader.next_event() {
        match event.unwrap() {
            IndexedReadEvent::ReadChunkRequest { offset, length } => {
                reader.insert_chunk_record_data(offset, &data[offset as usize..offset as usize + length]).unwrap();
            }
            IndexedReadEvent::Message { .. } => return,
        }
    }
}

/// The file opened anew, its summary and the chunk of the event at `at` read from it, and nothing else.
fn open_and_seek(path: &str, at: u64) {
    let mut file = File::open(path).unwrap();
    let mut summary = SummaryReader::new();
    while let Some(event) = summary.next_event() {
        match event.unwrap() {
            SummaryReadEvent::ReadRequest(length) => {
                let read = file.read(summary.insert(length)).unwrap();
                summary.notify_read(read);
            }
            SummaryReadEvent::SeekRequest(to) => summary.notify_seeked(file.seek(to).unwrap()),
        }
    }
    let summary = summary.finish().unwrap();
    let options = IndexedReaderOptions::new().log_time_on_or_after(at);
    let mut reader = IndexedReader::new_with_options(&summary, options).unwrap();
    while let Some(event) = reader.next_event() {
        match event.unwrap() {
            IndexedReadEvent::ReadChunkRequest { offset, length } => {
                let mut chunk = vec![0; length];
                file.read_exact_at(&mut chunk, offset).unwrap();
                reader.insert_chunk_record_data(offset, &chunk).unwrap();
            }
            IndexedReadEvent::Message { .. } => return,
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let workload = std::fs::read(&arguments[1]).unwrap();
    let path = &arguments[2];
    let events = events_of(&workload);
    let last = events.last().unwrap().at;
    let write_ms = measure(|| write(&events, path));
    let octets = std::fs::metadata(path).unwrap().len();
    let mut sum = 0;
    let scan_ms = measure(|| sum = scan(path));
    assert!(sum > 0);
    let data = std::fs::read(path).unwrap();
    let summary = mcap::Summary::read(&data).unwrap().unwrap();
    let seeks = |channel: Option<u16>| {
        median((0..SEEKS).map(|i| {
            let start = cpu_ms();
            seek(&data, &summary, last / SEEKS * (i * 7919 % SEEKS), channel);
            (cpu_ms() - start) * 1e3
        }).collect())
    };
    let any = seeks(None);
    let sparse = seeks(Some(SPARSE_CHANNEL));
    let open = median((0..OPENS).map(|i| {
        let start = Instant::now();
        open_and_seek(path, last / OPENS * i);
        start.elapsed().as_secs_f64() * 1e6
    }).collect());
    println!("{write_ms:.1} {octets} {scan_ms:.1} {any:.0} {sparse:.0} {open:.0}");
}
