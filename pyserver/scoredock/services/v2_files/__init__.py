"""Deployment files of Azure ML v2: which lie beside one another, and what they and their environments come to.

May import `services/planning` and what lies below it. Nothing is changed. Door: `read_files`.
"""
