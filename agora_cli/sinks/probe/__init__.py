"""What came of the known signal (media/probe), measured: pure functions from received events to figures."""
