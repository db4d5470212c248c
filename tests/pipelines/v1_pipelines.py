"""Pipelines of Azure ML v1 of the forms that people publish, written anew."""

from __future__ import annotations

AZURE = {
    "azure-pipelines.yml": """
trigger: none
parameters:
  - name: kind
    default: aci
    values: [aci, aks]
  - name: environments
    type: object
    default: [Test]
variables:
  - group: of-the-platform
  - template: pipelines/variables.yml
  - name: full_name
    value: $(prefix)-endpoint
stages:
  - stage: train
    jobs:
      - template: pipelines/train.yml
        parameters:
          model: $(model_name)
  - ${{ each target in parameters.environments }}:
      - stage: deploy_${{ lower(target) }}
        dependsOn: train
        variables:
          model_id: $[ stageDependencies.train.train_model.outputs['find.model_id'] ]
        jobs:
          - deployment: Approval
            environment: ${{ target }}
          - template: pipelines/deploy.yml
            parameters:
              kind: ${{ parameters.kind }}
              target: ${{ target }}
  - stage: rollback
    dependsOn: deploy_test
    condition: failed()
    jobs:
      - job: back
        steps:
          - script: echo back
""",
    "pipelines/variables.yml": """
variables:
  - name: model_name
    value: five
  - name: metadata
    value: model.json
  - name: metadata_path
    value: $(System.ArtifactsDirectory)/model-metadata/$(metadata)
""",
    "pipelines/train.yml": """
parameters:
  - name: model
jobs:
  - job: train_model
    displayName: Train and register
    steps:
      - task: AzureCLI@2
        displayName: Install azure-cli-ml
        inputs:
          azureSubscription: $(connection)
          scriptType: bash
          scriptLocation: inlineScript
          inlineScript: az extension add -n azure-cli-ml
      - task: AzureCLI@2
        displayName: Train
        inputs: { scriptType: bash, scriptLocation: inlineScript, inlineScript: "az ml run submit-script train.py" }
      - task: AzureCLI@2
        name: find
        displayName: Find the model
        inputs:
          scriptType: bash
          scriptLocation: inlineScript
          inlineScript: |
            set -e
            az ml model list --tag build_id=$(Build.BuildId) --query '[0]' > $(metadata)
            MODEL_ID=$(python3 -c 'import json; print(json.load(open("model.json"))["id"])')
            echo "##vso[task.setvariable variable=model_id;isOutput=true]$MODEL_ID"
            echo "name is ${{ parameters.model }}"
      - task: PublishBuildArtifacts@1
        displayName: Publish
        inputs: { pathToPublish: $(metadata), artifactName: model-metadata }
""",
    "pipelines/deploy.yml": """
parameters:
  - name: kind
    values: [aci, aks]
  - name: target
  - name: compute_target
    default: "''"
jobs:
  - job: deploy_model
    displayName: ${{ upper( parameters.kind ) }} deployment
    steps:
      - task: DownloadBuildArtifacts@0
        displayName: Download
        inputs: { artifactName: model-metadata }
      - ${{ if eq(parameters.kind, 'aci') }}:
          - task: AzureCLI@2
            displayName: Deploy to ${{ upper( parameters.kind ) }}
            inputs:
              scriptType: bash
              scriptLocation: inlineScript
              inlineScript: |
                test -s $(metadata_path)
                az ml model deploy \\
                --inference-config-file inferenceconfig.json \\
                --model $(model_id) \\
                --name $(full_name) \\
                --compute-type ${{ parameters.kind }} \\
                --deploy-config-file aci.yml \\
                --compute-target ${{ parameters.compute_target }} \\
                --tag environment=${{ parameters.target }} \\
                --overwrite
      - ${{ else }}:
          - script: echo other; exit 1
      - task: HelmDeploy@0
        displayName: A chart
  - job: test
    dependsOn: deploy_model
    steps:
      - task: AzureCLI@2
        displayName: Smoke test
        inputs:
          scriptType: bash
          scriptLocation: inlineScript
          inlineScript: |
            set -e
            export SCORING_URI=$(az ml service show --name $(full_name) --query scoringUri -o tsv)
            curl -fsS -H 'Content-Type: application/json' -d '{"data": [1, 2]}' "$SCORING_URI"
""",
    "aci.yml": "computeType: ACI\ncontainerResourceRequirements:\n  cpu: 1\n  memoryInGB: 0.5\nauthEnabled: False\n",
    "inferenceconfig.json": '{"entryScript": "score.py"}\n',
    "register.sh": 'az ml model register -n five -p model.bin --tag "build_id=$BUILD_BUILDID"\n',
}
GITHUB = {
    ".github/workflows/deploy.yml": """
name: deploy
on: [push]
env:
  AZURE: ${{ secrets.AZURE_CREDENTIALS }}
jobs:
  build:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        environment: [dev, prod]
        exclude:
          - environment: prod
    outputs:
      uri: ${{ steps.deploy.outputs.service_scoring_uri }}
    steps:
      - uses: actions/checkout@v2
      - uses: azure/aml-workspace@v1
        with:
          azure_credentials: ${{ secrets.AZURE_CREDENTIALS }}
      - uses: Azure/aml-compute@v1
      - name: Train
        id: train
        uses: Azure/aml-run@v1
        with: { azure_credentials: "${{ secrets.AZURE_CREDENTIALS }}" }
      - name: Register
        id: register
        uses: Azure/aml-registermodel@v1
        with: { azure_credentials: "${{ secrets.AZURE_CREDENTIALS }}" }
      - name: Deploy
        id: deploy
        uses: Azure/aml-deploy@v1
        with:
          azure_credentials: ${{ secrets.AZURE_CREDENTIALS }}
          model_name: ${{ steps.register.outputs.model_name }}
          model_version: ${{ steps.register.outputs.model_version }}
      - uses: ./.github/actions/say
        id: said
        with: { word: "of ${{ matrix.environment }}" }
      - run: |
          echo "${{ steps.said.outputs.length }}"
          test "${{ steps.said.outputs.length }}" = 6
          echo "the secret is ${AZURE}"
  call:
    needs: build
    if: github.event_name == 'push' && needs.build.outputs.uri != ''
    runs-on: ubuntu-latest
    steps:
      - run: |
          curl -fsS -H 'Content-Type: application/json' -d '{"data": [1, 2]}' "${{ needs.build.outputs.uri }}"
      - if: failure()
        run: exit 9
""",
    ".github/actions/say/action.yml": """
name: say
description: says
inputs:
  word: { description: what, required: true }
outputs:
  length:
    description: how long
    value: ${{ steps.count.outputs.length }}
runs:
  using: composite
  steps:
    - id: count
      shell: bash
      run: |
        word="${{ inputs.word }}"
        echo "length=${#word}" >> "$GITHUB_OUTPUT"
    - if: inputs.word == 'nothing'
      shell: bash
      run: exit 8
""",
    ".cloud/.azure/workspace.json": '{"name": "published-ws", "resource_group": "rg"}',
    ".cloud/.azure/registermodel.json": (
        '{"model_name": "five", "model_file_name": "model.bin", "model_tags": {"a": "b"}}'
    ),
    ".cloud/.azure/deploy.json": (
        '{"name": "five-service", "inference_source_directory": ".", "inference_entry_script": "score.py",'
        ' "conda_file": "conda.yml"}'
    ),
    "conda.yml": "name: x\ndependencies:\n  - pip:\n      - azureml-defaults\n",
}
MARKETPLACE = {
    "azure-pipelines.yml": """
steps:
  - task: ms-air-aiagility.vss-services-azureml.azureml-model-deploy-task.AMLModelDeploy@0
    displayName: Deploy
    inputs:
      azureSubscription: $(connection)
      modelSourceType: manualSpec
      modelName: five
      modelVersion: 1
      inferencePath: $(System.DefaultWorkingDirectory)/inferenceconfig.json
      deploymentTarget: ACI
      deploymentName: five-aci
      deployConfig: aci.yml
      overwriteExistingDeployment: true
  - task: ms-air-aiagility.vss-services-azureml.azureml-restApi-task.MLPublishedPipelineRestAPITask@0
    displayName: Invoke
    inputs: { PipelineId: 1 }
""",
    "aci.yml": AZURE["aci.yml"],
    "inferenceconfig.json": AZURE["inferenceconfig.json"],
}
