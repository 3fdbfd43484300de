package loop

import (
	"io"
	"net"
	"testing"
	"time"
)

// inTask runs a benchmark inside of a task.
func inTask(b *testing.B, o Options, bench func(a *Task, l *Loop)) {
	l := start(b, o).Loops()[0]
	b.ReportAllocs()
	task(l, func(a *Task) { bench(a, l) })
}

// BenchmarkSwitch is one task resumed and parked again: two coroutine switches and the queue.
func BenchmarkSwitch(b *testing.B) {
	inTask(b, Options{}, func(a *Task, l *Loop) {
		var other *Task
		stop := false
		other = l.Spawn(RunFunc(func(o *Task) {
			for !stop {
				o.Wait(NoDeadline)
				a.Wake()
			}
		}))
		a.Yield()
		b.ResetTimer()
		for range b.N / 2 {
			other.Wake()
			a.Wait(NoDeadline)
		}
		b.StopTimer()
		stop = true
		other.Wake()
		a.Yield()
	})
}

// BenchmarkSwitchWithDeadline is the same with a deadline at each wait.
func BenchmarkSwitchWithDeadline(b *testing.B) {
	inTask(b, Options{}, func(a *Task, l *Loop) {
		stop := false
		other := l.Spawn(RunFunc(func(o *Task) {
			for !stop {
				o.Wait(l.After(time.Minute))
				a.Wake()
			}
		}))
		a.Yield()
		b.ResetTimer()
		for range b.N / 2 {
			other.Wake()
			a.Wait(l.After(time.Minute))
		}
		b.StopTimer()
		stop = true
		other.Wake()
		a.Yield()
	})
}

// BenchmarkSpawn is a task begun and ended on a pooled coroutine.
func BenchmarkSpawn(b *testing.B) {
	inTask(b, Options{}, func(a *Task, l *Loop) {
		n := 0
		r := RunFunc(func(*Task) { n++ })
		for i := range b.N {
			l.Spawn(r)
			if i%64 == 63 {
				a.Yield()
			}
		}
		a.Yield()
	})
}

// BenchmarkTimerMove is what a deadline costs that moves before it is over.
func BenchmarkTimerMove(b *testing.B) {
	inTask(b, Options{}, func(_ *Task, l *Loop) {
		var t Timer
		h := &timing{}
		for i := range b.N {
			l.Arm(&t, l.now+int64(time.Minute)+int64(i), h)
		}
		l.Disarm(&t)
	})
}

// BenchmarkTimerArmDisarm hangs a timer into the wheel, among a thousand others, and takes it out.
func BenchmarkTimerArmDisarm(b *testing.B) {
	inTask(b, Options{}, func(_ *Task, l *Loop) {
		others := make([]Timer, 1000)
		h := &timing{}
		for i := range others {
			l.Arm(&others[i], l.After(time.Duration(i)*time.Second/10+time.Minute), h)
		}
		b.ResetTimer()
		var t Timer
		for i := range b.N {
			l.Arm(&t, l.now+int64(time.Minute)+int64(i&1023)*100_000_000, h)
			l.Disarm(&t)
		}
		b.StopTimer()
		for i := range others {
			l.Disarm(&others[i])
		}
	})
}

// BenchmarkPost is a post from another thread, with the loop kept busy by nothing else.
func BenchmarkPost(b *testing.B) {
	l := start(b, Options{}).Loops()[0]
	b.ReportAllocs()
	c := &counting{}
	for range b.N {
		l.PostRunner(c)
	}
	on(l, func() {})
}

// BenchmarkPostRoundTrip wakes a sleeping loop from another thread and is told back.
func BenchmarkPostRoundTrip(b *testing.B) {
	g := start(b, Options{Loops: 2})
	one, two := g.Loops()[0], g.Loops()[1]
	done := make(chan struct{})
	p := &pingPong{left: b.N, done: done}
	p.one, p.two = one, two
	b.ReportAllocs()
	one.PostRunner(p)
	<-done
}

type pingPong struct {
	one, two *Loop
	left     int
	done     chan struct{}
}

// RunOnLoop passes itself on to the other loop.
func (p *pingPong) RunOnLoop(l *Loop) {
	if p.left--; p.left < 0 {
		close(p.done)
		return
	}
	if l == p.one {
		p.two.PostRunner(p)
	} else {
		p.one.PostRunner(p)
	}
}

// BenchmarkEcho is a request of 64 bytes and its answer between two tasks of one loop over TCP: four system calls, two
// events, two switches.
func BenchmarkEcho(b *testing.B) {
	for _, form := range []Form{Epoll, Goroutines} {
		b.Run(form.String(), func(b *testing.B) {
			if form == Epoll && !haveEpoll {
				b.Skip("no epoll on this system")
			}
			l := start(b, Options{Form: form}).Loops()[0]
			var c, d Conn
			near, far := tcpPair(b)
			sc, sd := socketOf(b, l.g, near), socketOf(b, l.g, far)
			b.ReportAllocs()
			task(l, func(a *Task) {
				l.OpenSocket(&c, sc)
				l.OpenSocket(&d, sd)
				l.Spawn(RunFunc(func(o *Task) {
					var buf [64]byte
					for {
						n, err := d.Read(o, buf[:], l.After(time.Minute))
						if err != nil {
							d.Close()
							return
						}
						d.Write(o, buf[:n], l.After(time.Minute))
					}
				}))
				var buf [64]byte
				for range b.N {
					c.Write(a, buf[:], l.After(time.Minute))
					c.Read(a, buf[:], l.After(time.Minute))
				}
				c.Close()
			})
		})
	}
}

// BenchmarkEchoOfGoroutines is the same with two goroutines and the standard library, to compare.
func BenchmarkEchoOfGoroutines(b *testing.B) {
	near, far := tcpPair(b)
	go io.Copy(onlyWriter{far}, onlyReader{far})
	var buf [64]byte
	b.ReportAllocs()
	for range b.N {
		near.Write(buf[:])
		if _, err := io.ReadFull(near, buf[:]); err != nil {
			b.Fatal(err)
		}
	}
}

// onlyWriter and onlyReader keep io.Copy from splicing.
type onlyWriter struct{ c net.Conn }

func (w onlyWriter) Write(b []byte) (int, error) { return w.c.Write(b) }

type onlyReader struct{ c net.Conn }

func (r onlyReader) Read(b []byte) (int, error) { return r.c.Read(b) }
