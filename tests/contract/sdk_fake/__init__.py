"""A fake of Agora's closed native libraries, under the published Python package: see build.py and fake.h."""
