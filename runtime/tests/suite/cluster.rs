//! The processes of one node, as far as connections go: how they meet, whom
//! they turn away, and how all of them end. Each process is a thread here;
//! processes of their own are tried with the tool.

mod greetings;
mod meetings;
mod programs;
mod ticks;
